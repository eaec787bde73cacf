import fc from "fast-check";

const HALVES = [0xd800, 0xdfff] as const;
const HIGHEST = 0x10ffff;

/**
 * Texts of any characters. `unit: "binary"` would generate the same texts, but fast-check first builds a table of all
 * characters, which takes a CPU second.
 */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: ANY_CHARACTER, ...(maxLength !== undefined && { maxLength }) });
}

const ANY_CHARACTER = fc
  .oneof(fc.integer({ min: 0, max: HALVES[0] - 1 }), fc.integer({ min: HALVES[1] + 1, max: HIGHEST }))
  .map((point) => String.fromCodePoint(point));
