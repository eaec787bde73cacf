import { isScalar, type Node, type YAMLSeq } from "yaml";
import { insertItems, removeItems } from "./block.ts";
import { flowStyle, insertIntoFlowList, removeFromFlow } from "./flow.ts";
import { placeScalar, quotesOfItem } from "./scalar.ts";
import { CannotPlace, type Edit, isFlow, type Site } from "./site.ts";
import { type FlowStyle, quoted } from "./text.ts";

/** Changes the strings in a list. Items without a change keep their text. */
export function placeList(
  site: Site,
  list: YAMLSeq,
  words: readonly string[],
  around: FlowStyle,
): readonly Edit[] {
  const items = list.items as Node[];
  const old = items.map((item) => (isScalar(item) ? String(item.value) : undefined));
  const shorter = Math.min(old.length, words.length);
  let first = 0;
  while (first < shorter && old[first] === words[first]) first++;
  let last = 0;
  while (last < shorter - first && old.at(-1 - last) === words.at(-1 - last)) last++;
  const both = shorter - first - last;
  const end = first + both;
  const replaced = words.slice(first, end).map((word, index) => placeItem(site, items[first + index], word));
  const added = words.slice(end, words.length - last);
  const removed = [...items.keys()].slice(end, items.length - last);
  if (words.length === 0) throw new CannotPlace("the list would become empty");
  return [
    ...replaced,
    ...(added.length > 0 ? [insert(site, list, end - 1, { words: added, around })] : []),
    ...(removed.length > 0 ? removeFrom(site, list, removed) : []),
  ];
}

export function prependWord(site: Site, list: YAMLSeq, word: string, around: FlowStyle): Edit {
  return insert(site, list, -1, { words: [word], around });
}

function placeItem(site: Site, item: Node | undefined, word: string): Edit {
  if (!isScalar(item)) throw new CannotPlace("an item of the list is not a string");
  return placeScalar(site, item, word);
}

function insert(
  site: Site,
  list: YAMLSeq,
  index: number,
  { words, around }: { readonly words: readonly string[]; readonly around: FlowStyle },
): Edit {
  if (!isFlow(list)) return insertItems(site, list, index, words);
  const quotes = quotesOfItem(site, (list.items[index] ?? list.items[0]) as Node | undefined);
  const texts = words.map((word) => quoted(word, quotes));
  return insertIntoFlowList(site, list, index, { words: texts, style: flowStyle(site, list, around) });
}

function removeFrom(site: Site, list: YAMLSeq, indexes: readonly number[]): readonly Edit[] {
  const [first = 0] = indexes;
  if (isFlow(list)) return removeFromFlow(site, list, new Set(indexes));
  return removeItems(site, list, first, first + indexes.length);
}
