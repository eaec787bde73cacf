import type { FoundNodes } from "./find.ts";
import type { Lines } from "./lines.ts";

/** The location of a field in the text, from the key to the end of the value. */
export interface Location {
  /** Lines and columns begin at 1. Columns count UTF-16 code units. The end is after the last character. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The start and the end as offsets in the text. */
  readonly start: number;
  readonly end: number;
  /**
   * False if the field is absent. The location is then the key of the nearest parent that exists, or the first line of
   * a parent that is a list item.
   */
  readonly exact: boolean;
}

/** The range of a field, or of its nearest parent. Offsets count from the start of the parsed part of the text. */
export interface FieldRange {
  /** The first character of the key, or of the value if it is a list item. */
  readonly start: number;
  /** The end of the key; undefined for a list item, and for the document itself. */
  readonly keyEnd: number | undefined;
  /** The end of the value, possibly with trailing space. */
  readonly end: number;
  /** True for the range of the field itself, false for the range of a parent. */
  readonly exact: boolean;
}

export function rangeOfNodes({ steps, found, key, value }: FoundNodes): FieldRange {
  const [start, keyEnd = start] = (key ?? value)?.range ?? [0, 0];
  const end = Math.max(keyEnd, value?.range?.[1] ?? 0);
  return { start, keyEnd: key && keyEnd, end, exact: found === steps.length };
}

/** @param base the offset of the parsed part in the text. */
export function locationOf({ start, keyEnd, end, exact }: FieldRange, base: number, lines: Lines): Location {
  const from = base + start;
  const to = exact ? base + end : endOfParent(lines.text, from, base + (keyEnd ?? end));
  return between(from, withoutSpaceBehind(lines.text, from, to), { exact, lines });
}

function endOfParent(text: string, start: number, end: number): number {
  const newline = text.indexOf("\n", start);
  return newline < 0 ? end : Math.min(newline, end);
}

/** The range of a block scalar or a block collection includes the line breaks after it. */
function withoutSpaceBehind(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && /\s/.test(text[last - 1] ?? "")) last--;
  return last;
}

export function between(
  start: number,
  end: number,
  { exact, lines }: { readonly exact: boolean; readonly lines: Lines },
): Location {
  const from = lines.placeOf(start);
  const to = lines.placeOf(end);
  return { ...from, endLine: to.line, endColumn: to.column, start, end, exact };
}
