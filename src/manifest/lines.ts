/** A position in a text. Line and column begin at 1. Columns count UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A text, with a function that finds the line of an offset. */
export interface Lines {
  readonly text: string;
  placeOf(offset: number): Place;
}

export const BYTE_ORDER_MARK = "\uFEFF";

/** Lines end with `\n` or `\r\n`. A byte order mark has no column. */
export function linesOf(text: string): Lines {
  const first = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  let starts: readonly number[] | undefined;
  return {
    text,
    placeOf(offset) {
      starts ??= lineStarts(text, first);
      const line = lastAtMost(starts, offset);
      return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
    },
  };
}

function lineStarts(text: string, first: number): readonly number[] {
  const starts = [first];
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}

/** The index of the last number that is at most `limit`, found by bisection. */
function lastAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
