import { BYTE_ORDER_MARK } from "./lines.ts";

export interface JsonValue {
  readonly value: unknown;
  readonly start: number;
  readonly text: string;
}

/** The JSON values at the beginning of a manifest. */
export interface JsonValues {
  readonly values: readonly JsonValue[];
  /** The offset after the last JSON value; undefined if no other text follows. */
  readonly rest: number | undefined;
}

/**
 * The limit for white space before the JSON, in characters. Above the limit, the JSON is read as YAML, with the same
 * result.
 */
const LONGEST_INDENT = 1024;

/**
 * Reads consecutive JSON values, as kubectl does if a text begins with a brace (k8s.io/apimachinery 0.37
 * pkg/util/yaml/decoder.go `YAMLOrJSONDecoder`). The list is empty if the text is not JSON.
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
 * A value that is no object or array. kubectl continues after such a value: it skips `null`, and reports that it cannot
 * apply other values. So the pattern matches one value, without the text after it.
 */
const SINGLE = /null|true|false|"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/sy;

/** The offset after the value at `from`: after its closing bracket, or after a value without brackets. */
function endOfValue(text: string, from: number): number {
  SINGLE.lastIndex = from;
  if (SINGLE.test(text)) return SINGLE.lastIndex;
  // An unclosed string matches up to the end of the text. If an unclosed string did not match, the pattern would be
  // tried again at each quote in the string.
  const token = /[[\]{}]|"[^"\\]*(?:\\.[^"\\]*)*"?/gs;
  token.lastIndex = from;
  let depth = 0;
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    if (/[[{]/.test(found[0].charAt(0))) depth++;
    else if (/[\]}]/.test(found[0].charAt(0)) && --depth <= 0) break;
  }
  return token.lastIndex === 0 ? text.length : token.lastIndex;
}
