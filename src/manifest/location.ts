import type { FoundNodes } from "./find.ts";
import type { Lines } from "./lines.ts";

/** The place of a field in the text: from its key to the end of its value. */
export interface Location {
  /** 1-based. Columns count UTF-16 code units; the end is after the last character. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** The same as offsets in the text. */
  readonly start: number;
  readonly end: number;
  /**
   * False if the field is absent. Then this is the place of the nearest parent: its key, or the first line of an item.
   */
  readonly exact: boolean;
}

/** The place of a field, or of its nearest parent, as offsets in the part of the text that was parsed. */
export interface FieldRange {
  /** The first character of its key; for an item of a list, of its value. */
  readonly start: number;
  /** The end of its key; undefined for an item of a list, and for the document itself. */
  readonly keyEnd: number | undefined;
  /** The end of its value, perhaps with space before it. */
  readonly end: number;
  /** Whether it is the field, not a parent. */
  readonly exact: boolean;
}

export function rangeOfNodes({ steps, found, key, value }: FoundNodes): FieldRange {
  const [start, keyEnd = start] = (key ?? value)?.range ?? [0, 0];
  const end = Math.max(keyEnd, value?.range?.[1] ?? 0);
  return { start, keyEnd: key && keyEnd, end, exact: found === steps.length };
}

/** @param base the offset in the text of the part that was parsed. */
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
