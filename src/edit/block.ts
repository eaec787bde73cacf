import { isCollection, isMap, isScalar, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import type { Json } from "./change.ts";
import {
  CannotPlace,
  type Edit,
  type Entry,
  endOf,
  endOfEntry,
  entriesOf,
  keyStart,
  lastNode,
  lineEnd,
  lineStart,
  newlineAt,
  nextLine,
  type Site,
  startOf,
} from "./site.ts";
import { type BlockStyle, blockBelow, blockMember, type Quotes, quoted } from "./text.ts";

/** Edits mappings and lists in YAML's block style, in which each item has its own line. */

type Member = readonly [string, Json];

function columnOf(node: YAMLMap | YAMLSeq): number {
  const { srcToken } = node;
  return srcToken !== undefined && "indent" in srcToken ? srcToken.indent : 0;
}

function styleOf(site: Site, map: YAMLMap, step: number): BlockStyle {
  const last = entriesOf(map).findLast(
    ({ value }) => isScalar(value) && typeof value.value === "string",
  )?.value;
  return {
    column: columnOf(map),
    step,
    newline: newlineAt(site, startOf(map)),
    quotes: last ? quotesOf(site, last) : '"',
  };
}

/** The indentation of a nested block mapping; undefined if the node has none. */
export function stepOf(node: YAMLMap | YAMLSeq): number | undefined {
  if (!isMap(node)) return undefined;
  const inner = entriesOf(node).find(({ value }) => value?.srcToken?.type === "block-map")?.value;
  const step = inner === undefined ? 0 : columnOf(inner as YAMLMap) - columnOf(node);
  return step > 0 ? step : undefined;
}

export function quotesOf({ text }: Site, node: Node): Quotes {
  const first = text[startOf(node)];
  return first === "'" || first === '"' ? first : "";
}

/**
 * New entries come after the last remaining entry. But a new scalar comes before the first list or mapping, where a
 * reader looks for it.
 */
export function insertIntoBlock(
  site: Site,
  map: YAMLMap,
  members: readonly Member[],
  { step, removed }: { readonly step: number; readonly removed: ReadonlySet<Entry> },
): readonly Edit[] {
  const style = styleOf(site, map, step);
  const kept = entriesOf(map).filter((entry) => !removed.has(entry));
  const first = kept.findIndex(({ value }) => isCollection(value));
  const isEarly = ([, value]: Member): boolean => first >= 0 && typeof value !== "object";
  const lines = (all: readonly Member[]): readonly string[] => all.map((one) => blockMember(one, style));
  const [early, late] = [lines(members.filter(isEarly)), lines(members.filter((one) => !isEarly(one)))];
  const [before, last] = [kept[first - 1], kept.at(-1)];
  if (last === undefined) throw new CannotPlace("the mapping around the field would become empty");
  return [
    ...(early.length === 0
      ? []
      : [before ? insertLines(site, before, early, style.column) : insertFirst(site, map, early)]),
    ...(late.length === 0 ? [] : [insertLines(site, last, late, style.column)]),
  ];
}

/** Inserts lines after an item. Comments below the item belong to it if they are indented further. */
function insertLines(site: Site, item: Node | Entry, lines: readonly string[], column: number): Edit {
  const last = lastNode(item);
  const indent = " ".repeat(column);
  if (last.srcToken?.type === "block-scalar") {
    const at = last.range?.[1] ?? 0;
    const newline = newlineAt(site, at - 1);
    const text = lines.map((line) => `${indent}${line}`).join(newline);
    return {
      start: at,
      end: at,
      text: site.text[at - 1] === "\n" ? `${text}${newline}` : `${newline}${text}`,
    };
  }
  const at = behindComments(site, endOfItem(site, item), column);
  const newline = newlineAt(site, at);
  return { start: at, end: at, text: lines.map((line) => `${newline}${indent}${line}`).join("") };
}

/** The end of the line, or of the comments below it that are indented further than `column`. */
function behindComments(site: Site, offset: number, column: number): number {
  let at = lineEnd(site, offset);
  for (;;) {
    const next = nextLine(site, at);
    const [, indent] = /^([ ]*)#/.exec(site.text.slice(next, lineEnd(site, next))) ?? [];
    if (next === at || indent === undefined || indent.length <= column) return at;
    at = lineEnd(site, next);
  }
}

function insertFirst(site: Site, map: YAMLMap, lines: readonly string[]): Edit {
  const [first] = entriesOf(map);
  const key = first === undefined ? 0 : keyStart(first);
  const newline = newlineAt(site, key);
  const indent = " ".repeat(columnOf(map));
  const line = lineStart(site, key);
  const isOnItsLine = site.text.slice(line, key).trim() === "";
  const at = isOnItsLine ? beforeComments(site, line) : key;
  const text = lines
    .map((one) => (isOnItsLine ? `${indent}${one}${newline}` : `${one}${newline}${indent}`))
    .join("");
  return { start: at, end: at, text };
}

/** The beginning of the comments directly above a line. */
function beforeComments(site: Site, line: number): number {
  let at = line;
  while (at > 0) {
    const above = lineStart(site, at - 1);
    if (!/^[ ]*#/.test(site.text.slice(above, at))) return at;
    at = above;
  }
  return at;
}

export function removeFromBlock(site: Site, map: YAMLMap, entry: Entry): Edit {
  const next = entriesOf(map)[entriesOf(map).indexOf(entry) + 1];
  return removeItem(site, entry, {
    start: keyStart(entry),
    next: next && keyStart(next),
    column: columnOf(map),
  });
}

interface Item {
  readonly start: number;
  /** The start of the next item of the same mapping or list. */
  readonly next: number | undefined;
  readonly column: number;
}

function removeItem(site: Site, item: Node | Entry, { start, next, column }: Item): Edit {
  const last = lastNode(item);
  const isBlockScalar = last.srcToken?.type === "block-scalar";
  const end = isBlockScalar ? (last.range?.[1] ?? 0) : endOfItem(site, item);
  const line = lineStart(site, start);
  if (site.text.slice(line, start).trim() === "") {
    const behind = withCommentsBelow(site, isBlockScalar ? end : nextLine(site, end), column);
    const isLast = behind === site.text.length && !site.text.endsWith("\n");
    return { start: isLast ? withoutBreak(site, line) : line, end: behind, text: "" };
  }
  // The entry is on the same line as the dash of a list, so the next entry moves up to that line.
  if (next === undefined) throw new CannotPlace("the mapping around the field would become empty");
  if (site.text.slice(end, next).trim() === "") return { start, end: next, text: "" };
  throw new CannotPlace("a comment stands between the field and the next field");
}

/**
 * The end of the comments that belong to an item: those below it that are indented further. If such comments stayed,
 * they could become part of a block scalar.
 */
function withCommentsBelow(site: Site, offset: number, column: number): number {
  let behind = offset;
  for (let at = offset; at < site.text.length; at = nextLine(site, at)) {
    const [, indent, rest] = /^([ ]*)(#?)/.exec(site.text.slice(at, lineEnd(site, at))) ?? [];
    const isBlank = site.text.slice(at, lineEnd(site, at)).trim() === "";
    if (!isBlank && (rest === "" || (indent?.length ?? 0) <= column)) return behind;
    if (!isBlank) behind = nextLine(site, at);
  }
  return behind;
}

function withoutBreak(site: Site, line: number): number {
  return line === 0 ? 0 : lineEnd(site, lineStart(site, line - 1));
}

function endOfItem(site: Site, item: Node | Entry): number {
  return "key" in item ? endOfEntry(site, item as Entry) : endOf(site, item as Node);
}

/** Replaces all entries. A comment at the end of the last line stays. */
export function replaceBlock(site: Site, map: YAMLMap, members: readonly Member[], step: number): Edit {
  const style = styleOf(site, map, step);
  const [first] = entriesOf(map);
  if (first === undefined) throw new CannotPlace("the mapping is empty");
  const lines = members.map((one) => blockMember(one, style));
  const text = lines.join(`${style.newline}${" ".repeat(style.column)}`);
  return { start: keyStart(first), end: endOf(site, map), text };
}

/** `lifecycle:` without a value. */
export function fillBlock(
  site: Site,
  map: YAMLMap,
  entry: Entry,
  { members, step }: { members: readonly Member[]; step: number },
): Edit {
  const at = lineEnd(site, endOfEntry(site, entry));
  return {
    start: at,
    end: at,
    text: blockBelow(members, { ...styleOf(site, map, step), newline: newlineAt(site, at) }),
  };
}

/** The offset of the dash of an item. */
function dashOf(list: YAMLSeq, index: number): number {
  const { srcToken } = list;
  const item = srcToken?.type === "block-seq" ? srcToken.items[index] : undefined;
  const dash = item?.start.find(({ type }) => type === "seq-item-ind");
  if (dash === undefined) throw new CannotPlace("the list has an unusual syntax");
  return dash.offset;
}

/** Inserts strings after the item at `index`, or at the beginning if it is -1. */
export function insertItems(site: Site, list: YAMLSeq, index: number, words: readonly string[]): Edit {
  const items = list.items as Node[];
  const beside = items[index] ?? items[0];
  const quotes = beside === undefined ? '"' : quotesOf(site, beside);
  const lines = words.map((word) => `- ${quoted(word, quotes)}`);
  const column = columnOf(list);
  const item = items[index];
  if (item !== undefined) return insertLines(site, item, lines, column);
  const at = dashOf(list, 0);
  const newline = newlineAt(site, at);
  return { start: at, end: at, text: lines.map((line) => `${line}${newline}${" ".repeat(column)}`).join("") };
}

export function removeItems(site: Site, list: YAMLSeq, from: number, to: number): readonly Edit[] {
  const column = columnOf(list);
  return (list.items as Node[]).slice(from, to).map((item, place) => {
    const index = from + place;
    const next = index + 1 < list.items.length ? dashOf(list, index + 1) : undefined;
    return removeItem(site, item, { start: dashOf(list, index), next, column });
  });
}
