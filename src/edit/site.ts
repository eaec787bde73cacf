import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Step } from "../manifest/path.ts";

/** Replaces the range from `start` to `end`. Offsets count UTF-16 code units. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The reason why a field cannot be changed. */
export interface Refusal {
  readonly steps: readonly Step[];
  /** A clause, such as `other fields use it as *grace`. */
  readonly reason: string;
}

/** A YAML document to edit. Offsets count from the beginning of the document. */
export interface Site {
  readonly text: string;
  /** The names of the YAML anchors to which aliases refer. */
  readonly used: ReadonlySet<string>;
}

export type Entry = Pair<Node, Node | null>;

/** The error if a change cannot be written into the text. The message is a clause. */
export class CannotPlace extends Error {
  override readonly name = "CannotPlace";
}

export function usedAnchors(document: Document.Parsed): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Alias: (_, { source }) => void names.add(source) });
  return names;
}

export function isFlow(node: YAMLMap | YAMLSeq): boolean {
  return node.flow === true;
}

export function entriesOf(map: YAMLMap): readonly Entry[] {
  return map.items as Entry[];
}

/**
 * The entry with this key.
 *
 * @throws CannotPlace if several entries have the key, because a change of one would leave the others.
 */
export function entryOf(map: YAMLMap, name: Step): Entry | undefined {
  const all = entriesOf(map).filter(({ key }) => isScalar(key) && String(key.value) === String(name));
  if (all.length > 1) throw new CannotPlace(`the key ${name} appears more than once in its mapping`);
  return all[0];
}

/** Whether the entry has no value, as in `key:`. */
export function isUnwritten(value: Node | null): boolean {
  return value === null || (isScalar(value) && value.value === null && value.range?.[0] === value.range?.[1]);
}

/** The offset of the first character of a node. */
export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** @throws CannotPlace if the key has an anchor, a tag or a question mark. */
export function keyStart({ key, srcToken }: Entry): number {
  const start = srcToken?.start ?? [];
  if (start.some(({ type }) => type === "anchor" || type === "tag" || type === "explicit-key-ind"))
    throw new CannotPlace("the key of the field has an anchor, a tag or a question mark");
  return startOf(key);
}

/** The end of the text of an entry, before trailing space, line breaks and comments. */
export function endOfEntry(site: Site, { key, value, srcToken }: Entry): number {
  if (value !== null && !isUnwritten(value)) return endOf(site, value);
  const colon = srcToken?.sep?.find(({ type }) => type === "map-value-ind");
  return colon === undefined ? endOf(site, key) : colon.offset + 1;
}

/** The end of the text of a node. */
export function endOf(site: Site, node: Node): number {
  if (isCollection(node) && !isFlow(node as YAMLMap | YAMLSeq)) {
    const last = node.items.at(-1);
    if (last !== undefined && isMap(node)) return endOfEntry(site, last as Entry);
    if (last !== undefined && isSeq(node)) return endOf(site, last as Node);
  }
  return withoutSpace(site, node.range?.[1] ?? 0);
}

/** The last node in the text of an entry. A block scalar at the end includes its line breaks. */
export function lastNode(entry: Node | Entry): Node {
  const node = "key" in entry && "value" in entry ? (entry.value ?? entry.key) : (entry as Node);
  if (!isCollection(node) || isFlow(node as YAMLMap | YAMLSeq)) return node;
  const last = node.items.at(-1);
  return last === undefined ? node : lastNode(last as Node | Entry);
}

export function withoutSpace({ text }: Site, end: number): number {
  let at = end;
  while (at > 0 && /\s/.test(text[at - 1] ?? "")) at--;
  return at;
}

export function lineStart({ text }: Site, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The offset of the next line break, or the end of the text. */
export function lineEnd({ text }: Site, offset: number): number {
  const end = text.indexOf("\n", offset);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" ? Math.max(offset, end - 1) : end;
}

/** The beginning of the next line, or the end of the text. */
export function nextLine({ text }: Site, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
}

/** The line break that the text uses at this offset. */
export function newlineAt({ text }: Site, offset: number): string {
  const after = text.indexOf("\n", offset);
  const end = after < 0 ? text.lastIndexOf("\n", offset) : after;
  return end > 0 && text[end - 1] === "\r" ? "\r\n" : "\n";
}

/** @throws CannotPlace if aliases refer to this node, because a change would also affect the aliases. */
export function checkUnshared({ used }: Site, node: Node): void {
  if (isAlias(node))
    throw new CannotPlace(`the value is the alias *${node.source}: change the value at &${node.source}`);
  const { anchor } = node as { anchor?: string };
  if (anchor !== undefined && used.has(anchor))
    throw new CannotPlace(`other fields use the value as *${anchor}`);
}

/**
 * @throws CannotPlace if the text of the node also has aliases, anchors, tags or template statements, which a
 * replacement would lose.
 */
export function checkReplaceable(site: Site, node: Node): void {
  visit(node, {
    Node: (_, one) => {
      if (one === node || !isAlias(one)) checkUnshared(site, one as Node);
      if ((one as Node).tag !== undefined)
        throw new CannotPlace(`the value has the tag ${(one as Node).tag}`);
    },
  });
  if (site.text.slice(startOf(node), node.range?.[1]).includes("{{"))
    throw new CannotPlace("a template makes the value");
}
