import { isMap, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import { asObject } from "../json.ts";
import type { Step } from "../manifest/path.ts";
import { insertIntoBlock, removeFromBlock, replaceBlock, stepOf } from "./block.ts";
import { type Inside, type Json, newValue, type Wish, type WishTree } from "./change.ts";
import { flowStyle, insertIntoFlow, removeFromFlow, replaceFlow } from "./flow.ts";
import { prependWord } from "./list.ts";
import { fillEntry, type Style, setNode } from "./set.ts";
import {
  CannotPlace,
  checkReplaceable,
  checkUnshared,
  type Edit,
  type Entry,
  entriesOf,
  entryOf,
  isFlow,
  isUnwritten,
  type Refusal,
  type Site,
} from "./site.ts";
import { PLAIN_FLOW } from "./text.ts";

/** The current position in the document during an edit. */
interface Here {
  readonly site: Site;
  readonly refusals: Refusal[];
  readonly steps: readonly Step[];
  /** The plain value of the node. */
  readonly value: unknown;
  readonly style: Style;
}

/** The usual indentation of manifests. */
const USUAL_STEP = 2;

export interface Placed {
  readonly edits: readonly Edit[];
  /**
   * If there are refusals, the edits must not be used, because a refused change may belong together with one of the
   * edits.
   */
  readonly refusals: readonly Refusal[];
}

/** The smallest edits that make the changes below a node. `value` is the plain value of the node. */
export function place(
  site: Site,
  node: Node | null,
  { tree, value }: { readonly tree: WishTree; readonly value: unknown },
): Placed {
  const refusals: Refusal[] = [];
  const style = { step: USUAL_STEP, flow: PLAIN_FLOW };
  return { edits: below(node, tree, { site, refusals, steps: [], value, style }), refusals };
}

/** Returns the edits, or records a refusal and returns none. */
function attempt({ refusals, steps }: Here, edits: () => readonly Edit[]): readonly Edit[] {
  try {
    return edits();
  } catch (error) {
    if (!(error instanceof CannotPlace)) throw error;
    refusals.push({ steps, reason: error.message });
    return [];
  }
}

function below(node: Node | null, tree: WishTree, here: Here): readonly Edit[] {
  return attempt(here, () => {
    if (node !== null) checkUnshared(here.site, node);
    if (isMap(node)) return inMap(node, tree, here);
    if (isSeq(node)) return inList(node, tree, here);
    throw new CannotPlace("the field is not a mapping");
  });
}

function inList(list: YAMLSeq, tree: WishTree, here: Here): readonly Edit[] {
  const style = styleIn(list, here);
  const values = Array.isArray(here.value) ? here.value : [];
  return [...tree].flatMap(([index, wish]) => {
    const item = list.items[Number(index)] as Node | undefined;
    const inner = { ...here, style, steps: [...here.steps, index], value: values[Number(index)] };
    return attempt(inner, () => {
      if (item === undefined || wish.do !== "inside") throw new CannotPlace("the item is not in the list");
      return below(item, wish.members, inner);
    });
  });
}

function styleIn(node: YAMLMap | YAMLSeq, { site, style }: Here): Style {
  return isFlow(node)
    ? { ...style, flow: flowStyle(site, node, style.flow) }
    : { ...style, step: stepOf(node) ?? style.step };
}

function inMap(map: YAMLMap, tree: WishTree, around: Here): readonly Edit[] {
  const here = { ...around, style: styleIn(map, around) };
  const members: (readonly [string, Json])[] = [];
  const removed = new Set<Entry>();
  const edits = [...tree].flatMap(([key, wish]) => {
    const inner = { ...here, steps: [...here.steps, key], value: asObject(here.value)?.[key] };
    return attempt(inner, () => {
      const entry = entryOf(map, key);
      if (entry === undefined) members.push(...newMember(String(key), wish, inner));
      else if (isEmptied(entry, wish)) removed.add(removable(entry, here));
      else return inEntry(map, entry, wish, inner);
      return [];
    });
  });
  return [...edits, ...addAndRemove(map, members, removed, here)];
}

/** A new member for a field that the mapping lacks. */
function newMember(
  key: string,
  wish: Wish | Inside,
  { value: there }: Here,
): readonly (readonly [string, Json])[] {
  if (there !== undefined) throw new CannotPlace("the field comes from a merge key (<<)");
  if (wish.do === "begin") throw new CannotPlace("the field is not there");
  const value = newValue(wish);
  return value === undefined ? [] : [[key, value]];
}

/** Adds and removes members. If all members are removed, the new members replace them. */
function addAndRemove(
  map: YAMLMap,
  members: readonly (readonly [string, Json])[],
  removed: ReadonlySet<Entry>,
  { site, style }: Here,
): readonly Edit[] {
  const entries = entriesOf(map);
  const inFlow = isFlow(map);
  const replacesAll = removed.size > 0 && removed.size === entries.length;
  if (replacesAll && members.length === 0)
    throw new CannotPlace("the mapping around the field would become empty");
  if (replacesAll)
    return [
      inFlow ? replaceFlow(site, map, members, style.flow) : replaceBlock(site, map, members, style.step),
    ];
  const indexes = new Set([...removed].map((entry) => entries.indexOf(entry)));
  if (inFlow)
    return [
      ...(members.length > 0 ? [insertIntoFlow(site, map, members, style.flow)] : []),
      ...removeFromFlow(site, map, indexes),
    ];
  return [
    ...(members.length > 0 ? insertIntoBlock(site, map, members, { step: style.step, removed }) : []),
    ...[...removed].map((entry) => removeFromBlock(site, map, entry)),
  ];
}

function removable(entry: Entry, { site }: Here): Entry {
  checkReplaceable(site, entry.key);
  if (entry.value !== null) checkReplaceable(site, entry.value);
  return entry;
}

/** Whether a change removes an entry, or removes all members of its mapping. */
function isEmptied({ value }: Entry, wish: Wish | Inside): boolean {
  if (wish.do !== "inside") return wish.do === "remove";
  if (!isMap(value) || value.items.length === 0) return false;
  const { members } = wish;
  const isAdding = [...members].some(
    ([key, one]) => entryOf(value, key) === undefined && newValue(one) !== undefined,
  );
  return (
    !isAdding &&
    entriesOf(value).every((entry) => {
      const one = isScalar(entry.key) ? members.get(String(entry.key.value)) : undefined;
      return one !== undefined && isEmptied(entry, one);
    })
  );
}

function inEntry(map: YAMLMap, entry: Entry, wish: Wish | Inside, here: Here): readonly Edit[] {
  const { site, style } = here;
  const { value } = entry;
  if (wish.do === "inside" && value !== null && !(isScalar(value) && value.value === null))
    return below(value, wish.members, here);
  if (wish.do === "begin") {
    if (!isSeq(value)) throw new CannotPlace("the field is not a list");
    checkUnshared(site, value);
    return [prependWord(site, value, wish.word, style.flow)];
  }
  const wanted = newValue(wish);
  if (wanted === undefined) return [];
  return value === null || isUnwritten(value)
    ? [fillEntry(site, map, entry, { value: wanted, style })]
    : setNode(site, value, wanted, style);
}
