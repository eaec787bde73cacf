import fc from "fast-check";

const HALVES = [0xd800, 0xdfff] as const;
const HIGHEST = 0x10ffff;

/** Texts of any characters. `unit: "binary"` is the same, but makes a table of all of them first: a second of a core. */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: ANY_CHARACTER, ...(maxLength !== undefined && { maxLength }) });
}

const ANY_CHARACTER = fc
  .oneof(fc.integer({ min: 0, max: HALVES[0] - 1 }), fc.integer({ min: HALVES[1] + 1, max: HIGHEST }))
  .map((point) => String.fromCodePoint(point));
