import { isMap, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import type { Json } from "./change.ts";
import {
  CannotPlace,
  type Edit,
  type Entry,
  endOf,
  endOfEntry,
  entriesOf,
  keyStart,
  lineEnd,
  lineStart,
  type Site,
  startOf,
} from "./site.ts";
import { type FlowStyle, flowMember, lineOf, surrounded } from "./text.ts";

/** Edits mappings and lists in YAML's flow style (braces and brackets), which includes JSON. */

type Member = readonly [string, Json];

/** The style of the members of a mapping or list. An empty mapping or list has the style of the node around it. */
export function flowStyle(site: Site, node: YAMLMap | YAMLSeq, around: FlowStyle): FlowStyle {
  const comma = commaOf(site, node) ?? inner(site, node, around);
  const line = lineOf(comma);
  const step = line === undefined ? around.step : (stepOf(site, node, line) ?? around.step);
  const [first] = isMap(node) ? entriesOf(node) : [];
  if (first === undefined) return { ...around, comma, step };
  const isQuoted = site.text[startOf(first.key)] === '"';
  const padding = site.text.slice(startOf(node) + 1, keyStart(first)) === " " ? " " : "";
  return { quoted: isQuoted, colon: colonOf(site, first) ?? ": ", comma, padding, step };
}

function commaOf(site: Site, node: YAMLMap | YAMLSeq): string | undefined {
  const spans = spansOf(site, node);
  const [first, second] = spans;
  if (first === undefined) return undefined;
  const lead = site.text.slice(startOf(node) + 1, first.start);
  const between = second && site.text.slice(first.end, second.start);
  if (between !== undefined && /^\s*,\s*$/.test(between)) return between.trimStart();
  if (/^\s*$/.test(lead) && lead.includes("\n")) return `,${lead.slice(lead.search(/\r?\n[^\n]*$/))}`;
  const colon = isMap(node) ? colonOf(site, entriesOf(node)[0]) : undefined;
  return colon === ":" ? "," : ", ";
}

/** The separator of new members in an empty mapping. Members on lines of their own are indented one step further. */
function inner(site: Site, node: YAMLMap | YAMLSeq, around: FlowStyle): string {
  const line = lineOf(around.comma);
  if (line === undefined) return around.comma;
  const newline = line.slice(0, line.indexOf("\n") + 1);
  return `,${newline}${indentAt(site, startOf(node))}${around.step}`;
}

function indentAt(site: Site, offset: number): string {
  const start = lineStart(site, offset);
  return /^[ \t]*/.exec(site.text.slice(start, lineEnd(site, start)))?.[0] ?? "";
}

function stepOf(site: Site, node: Node, line: string): string | undefined {
  const outer = indentAt(site, startOf(node));
  const own = line.slice(line.indexOf("\n") + 1);
  return own.startsWith(outer) && own.length > outer.length ? own.slice(outer.length) : undefined;
}

function colonOf(site: Site, entry: Entry | undefined): string | undefined {
  if (entry === undefined || entry.value === null) return undefined;
  const text = site.text.slice(endOf(site, entry.key), startOf(entry.value));
  return /^\s*:[ \t]*$/.test(text) ? text : undefined;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function spansOf(site: Site, node: YAMLMap | YAMLSeq): readonly Span[] {
  return isMap(node)
    ? entriesOf(node).map((entry) => ({ start: keyStart(entry), end: endOfEntry(site, entry) }))
    : (node.items as Node[]).map((item) => ({ start: startOf(item), end: endOf(site, item) }));
}

export function insertIntoFlow(site: Site, map: YAMLMap, members: readonly Member[], style: FlowStyle): Edit {
  const last = spansOf(site, map).at(-1);
  if (last === undefined) return { ...between(site, map), text: surroundedHere(members, style) };
  const text = members.map((one) => `${style.comma}${flowMember(one, style)}`).join("");
  return { start: last.end, end: last.end, text };
}

/**
 * The text of the first members of an empty mapping. `style` is that of the members, so the closing brace is indented
 * one step less.
 */
function surroundedHere(members: readonly Member[], style: FlowStyle): string {
  const comma = lineOf(style.comma) === undefined ? style.comma : style.comma.slice(0, -style.step.length);
  return surrounded(members, { ...style, comma });
}

/** The range between the braces of an empty mapping. */
function between(site: Site, node: YAMLMap | YAMLSeq): Span {
  const [start, end] = [startOf(node) + 1, (node.range?.[1] ?? 0) - 1];
  if (site.text.slice(start, end).trim() !== "") throw new CannotPlace("a comment stands inside the braces");
  return { start, end };
}

export function replaceFlow(site: Site, map: YAMLMap, members: readonly Member[], style: FlowStyle): Edit {
  const spans = spansOf(site, map);
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return insertIntoFlow(site, map, members, style);
  const text = members.map((one) => flowMember(one, style)).join(style.comma);
  return { start: first.start, end: last.end, text };
}

/** Removes the members with these indexes. At least one member must remain. */
export function removeFromFlow(
  site: Site,
  node: YAMLMap | YAMLSeq,
  indexes: ReadonlySet<number>,
): readonly Edit[] {
  const spans = spansOf(site, node);
  const firstKept = spans.findIndex((_, index) => !indexes.has(index));
  return [...indexes].map((index) => {
    const [before, here, after] = [spans[index - 1], spans[index], spans[index + 1]];
    const isAhead = index < firstKept;
    const start = isAhead ? here?.start : before?.end;
    const end = isAhead ? after?.start : here?.end;
    if (start === undefined || end === undefined)
      throw new CannotPlace("the mapping around the field would become empty");
    const gap = isAhead ? site.text.slice(here?.end, end) : site.text.slice(start, here?.start);
    if (gap.includes("#")) throw new CannotPlace("a comment stands beside the field");
    return { start, end, text: "" };
  });
}

/** Inserts strings after the item at `index`, or at the beginning if it is -1. */
export function insertIntoFlowList(
  site: Site,
  list: YAMLSeq,
  index: number,
  { words, style }: { words: readonly string[]; style: FlowStyle },
): Edit {
  const spans = spansOf(site, list);
  const here = spans[index];
  if (here !== undefined)
    return { start: here.end, end: here.end, text: words.map((word) => `${style.comma}${word}`).join("") };
  const [first] = spans;
  if (first === undefined) return { ...between(site, list), text: words.join(style.comma) };
  return {
    start: first.start,
    end: first.start,
    text: words.map((word) => `${word}${style.comma}`).join(""),
  };
}
