import { BYTE_ORDER_MARK } from "./lines.ts";

export interface JsonValue {
  readonly value: unknown;
  readonly start: number;
  readonly text: string;
}

/** The JSON that a text begins with. */
export interface JsonValues {
  readonly values: readonly JsonValue[];
  /** Where it goes on with something else. */
  readonly rest: number | undefined;
}

/** JSON that begins with more space than this is read as YAML, with the same result. */
const LONGEST_INDENT = 1024;

/**
 * Values one behind the other, as kubectl takes a text that begins with a brace (k8s.io/apimachinery 0.37
 * pkg/util/yaml/decoder.go `YAMLOrJSONDecoder`). None where it is no JSON.
 */
export function jsonValues(text: string): JsonValues {
  const begin = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  if (!/\s*\{/y.test(text.slice(begin, begin + LONGEST_INDENT))) return { values: [], rest: begin };
  const whole = parsed(text.slice(begin));
  if (whole !== undefined)
    return { values: [{ ...whole, start: begin, text: text.slice(begin) }], rest: undefined };
  const values: JsonValue[] = [];
  let rest = begin;
  for (;;) {
    const start = rest + spaceAt(text, rest);
    if (start === text.length) return { values, rest: undefined };
    const slice = text.slice(start, endOfValue(text, start));
    const one = parsed(slice);
    if (one === undefined) return { values, rest };
    if (one.value !== null) values.push({ ...one, start, text: slice });
    rest = start + slice.length;
  }
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function spaceAt(text: string, from: number): number {
  const space = /[ \t\r\n]*/y;
  space.lastIndex = from;
  return space.exec(text)?.[0].length ?? 0;
}

/**
 * kubectl goes on behind a value that is no object: it skips `null`, and only says that it cannot apply the others. So what
 * follows one must not be read as its text.
 */
const SINGLE = /null|true|false|"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/sy;

/** Behind the bracket that closes the one that stands here, or behind a value without brackets. */
function endOfValue(text: string, from: number): number {
  SINGLE.lastIndex = from;
  if (SINGLE.test(text)) return SINGLE.lastIndex;
  // A string that is not closed is one to the end: otherwise each quote in it would be tried as the first one.
  const token = /[[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"?/gs;
  token.lastIndex = from;
  let depth = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (/[[{]/.test(found[0].charAt(0))) depth++;
    else if (/[\]}]/.test(found[0].charAt(0)) && --depth <= 0) break;
  }
  return token.lastIndex === 0 ? text.length : token.lastIndex;
}
