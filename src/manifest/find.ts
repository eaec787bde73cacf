import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { Step } from "./path.ts";

/** The YAML nodes at a field path, or at the nearest parent that exists. */
export interface FoundNodes {
  readonly steps: readonly Step[];
  /**
   * The number of steps of the path that exist in the YAML document. `key` and `value` belong to the last of these
   * steps.
   */
  readonly found: number;
  /** The key; undefined for an item of a list, and for the document itself. */
  readonly key: Node | undefined;
  /** The value, which may be a YAML alias; null if no value is written. */
  readonly value: Node | null;
  /**
   * Whether the path leads through a YAML alias or a merge key. Other fields may then use the same lines of the
   * manifest.
   */
  readonly shared: boolean;
}

/**
 * Finds the YAML nodes at a field path, and follows aliases and the merge keys of YAML 1.1 (`<<`). If a key appears
 * several times, directly or by a merge key, the last occurrence applies.
 */
export function findNodes(document: Document.Parsed, steps: readonly Step[]): FoundNodes {
  let here: FoundNodes = { steps, found: 0, key: undefined, value: document.contents, shared: false };
  for (const step of steps) {
    const parent = behind(here.value, document);
    const member = parent && memberOf(parent, step, document);
    if (member === undefined) return here;
    here = {
      steps,
      found: here.found + 1,
      key: member.key,
      value: member.value,
      shared: here.shared || isAlias(here.value) || member.merged,
    };
  }
  return here;
}

interface Member {
  readonly key: Node | undefined;
  readonly value: Node | null;
  readonly merged: boolean;
}

/** The target of a YAML alias; other nodes are returned unchanged. */
function behind(node: Node | null, document: Document.Parsed): Node | undefined {
  return isAlias(node) ? (node as Alias).resolve(document) : (node ?? undefined);
}

function memberOf(parent: Node, step: Step, document: Document.Parsed): Member | undefined {
  if (isSeq(parent)) {
    const item = typeof step === "number" ? parent.items[step] : undefined;
    return item === undefined ? undefined : { key: undefined, value: item as Node, merged: false };
  }
  return isMap(parent) ? entryOf(parent, String(step), document) : undefined;
}

function entryOf(map: YAMLMap, name: string, document: Document.Parsed): Member | undefined {
  const pairs = map.items as Pair<Node, Node | null>[];
  for (const pair of pairs.toReversed()) {
    if (nameOf(pair.key) === name) return { key: pair.key, value: pair.value, merged: false };
    for (const source of mergedMaps(pair, document)) {
      const entry = entryOf(source, name, document);
      if (entry !== undefined) return { ...entry, merged: true };
    }
  }
  return undefined;
}

/** The mappings of a merge key. If several mappings in the list have the same key, the first mapping applies. */
function mergedMaps({ key, value }: Pair<Node, Node | null>, document: Document.Parsed): readonly YAMLMap[] {
  const source = isMergeKey(key) ? behind(value, document) : undefined;
  const all = isSeq(source) ? source.items.map((one) => behind(one as Node, document)) : [source];
  return all.filter((one) => isMap(one));
}

/**
 * The name of a mapping key, as in the parsed value. YAML 1.1 reads a key such as `on` as a boolean, which becomes
 * "true".
 */
function nameOf(key: Node): string | undefined {
  if (!isScalar(key) || isMergeKey(key)) return undefined;
  return key.value === null ? "" : String(key.value);
}

/** The library yaml gives a merge key the value Symbol(<<). */
function isMergeKey(key: Node): boolean {
  return isScalar(key) && typeof key.value === "symbol";
}
