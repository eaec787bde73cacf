import { applied } from "../edit/edits.ts";
import type { Edit } from "../edit/site.ts";

/** Lines of a text, and their replacement. Lines include their line breaks. */
interface Block {
  /** Index of the first line. */
  readonly at: number;
  readonly old: readonly string[];
  readonly now: readonly string[];
}

/** The number of unchanged lines around a change, as in `diff -u`. */
const CONTEXT = 3;

/**
 * The edits of a text as a unified diff for `patch` and `git apply`; empty without edits.
 *
 * @param name of the file; `a/` and `b/` come before it.
 * @param edits in the order of the text.
 */
export function unifiedDiff(name: string, text: string, edits: readonly Edit[]): string {
  const lines = linesOf(text);
  let shift = 0;
  const hunks = hunksOf(blocksOf(text, edits)).map((hunk) => {
    const shown = hunkText(lines, hunk, shift);
    shift += hunk.reduce((sum, { old, now }) => sum + now.length - old.length, 0);
    return shown;
  });
  // As in `git diff`, a tab follows a file name that contains a space.
  const end = name.includes(" ") ? "\t" : "";
  return hunks.length === 0 ? "" : `--- a/${name}${end}\n+++ b/${name}${end}\n${hunks.join("")}`;
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** Groups edits of the same line or of neighbouring lines into one block. */
function blocksOf(text: string, edits: readonly Edit[]): readonly Block[] {
  const parts: { from: number; to: number; edits: Edit[] }[] = [];
  for (const edit of edits) {
    const [from, to] = wholeLines(text, edit);
    const last = parts.at(-1);
    if (last === undefined || from >= last.to) parts.push({ from, to, edits: [edit] });
    else {
      last.to = Math.max(last.to, to);
      last.edits.push(edit);
    }
  }
  let [at, offset] = [0, 0];
  const blocks = parts.map(({ from, to, edits: own }) => {
    at += linesOf(text.slice(offset, from)).length;
    offset = from;
    const moved = own.map(({ start, end, text: now }) => ({
      start: start - from,
      end: end - from,
      text: now,
    }));
    const old = text.slice(from, to);
    return withoutCommonLines({ at, old: linesOf(old), now: linesOf(applied(old, moved)) });
  });
  return joined(blocks);
}

function joined(blocks: readonly Block[]): readonly Block[] {
  const all: Block[] = [];
  for (const block of blocks) {
    const last = all.at(-1);
    if (last === undefined || last.at + last.old.length < block.at) all.push(block);
    else
      all[all.length - 1] = { ...last, old: [...last.old, ...block.old], now: [...last.now, ...block.now] };
  }
  return all;
}

/** The range of whole lines that an edit changes. An edit of complete lines does not include the next line. */
function wholeLines(text: string, { start, end, text: now }: Edit): readonly [from: number, to: number] {
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const isWhole =
    from === start && (now === "" || now.endsWith("\n")) && (end === from || text[end - 1] === "\n");
  if (isWhole) return [from, end];
  const next = text.indexOf("\n", end);
  return [from, next < 0 ? text.length : next + 1];
}

function withoutCommonLines({ at, old, now }: Block): Block {
  const shorter = Math.min(old.length, now.length);
  let first = 0;
  while (first < shorter && old[first] === now[first]) first++;
  let last = 0;
  while (last < shorter - first && old.at(-1 - last) === now.at(-1 - last)) last++;
  return {
    at: at + first,
    old: old.slice(first, old.length - last),
    now: now.slice(first, now.length - last),
  };
}

/** Groups blocks into one hunk if their context lines touch. */
function hunksOf(blocks: readonly Block[]): readonly (readonly Block[])[] {
  const hunks: Block[][] = [];
  for (const block of blocks) {
    const last = hunks.at(-1)?.at(-1);
    const isNear = last !== undefined && block.at - last.at - last.old.length <= 2 * CONTEXT;
    if (isNear) hunks.at(-1)?.push(block);
    else hunks.push([block]);
  }
  return hunks;
}

/** @param shift the number of lines by which earlier hunks made the text longer. */
function hunkText(lines: readonly string[], hunk: readonly Block[], shift: number): string {
  const [first, last] = [hunk[0], hunk.at(-1)];
  if (first === undefined || last === undefined) return "";
  const from = Math.max(0, first.at - CONTEXT);
  const to = Math.min(lines.length, last.at + last.old.length + CONTEXT);
  let at = from;
  const rows = hunk.flatMap((block) => {
    const before = lines.slice(at, block.at).map((line) => ` ${line}`);
    at = block.at + block.old.length;
    return [...before, ...block.old.map((line) => `-${line}`), ...block.now.map((line) => `+${line}`)];
  });
  const all = [...rows, ...lines.slice(at, to).map((line) => ` ${line}`)];
  const longer = hunk.reduce((sum, { old, now }) => sum + now.length - old.length, 0);
  const size = to - from;
  return `@@ -${span(from, size)} +${span(from + shift, size + longer)} @@\n${all.map(ended).join("")}`;
}

/**
 * The line range of a hunk: the first line and the number of lines. A range of one line has only the first number. An
 * empty range begins at the line before it.
 */
function span(from: number, size: number): string {
  if (size === 1) return `${from + 1}`;
  return `${size === 0 ? from : from + 1},${size}`;
}

function ended(row: string): string {
  return row.endsWith("\n") ? row : `${row}\n\\ No newline at end of file\n`;
}
