import { type Document, isMap, isSeq, type Node } from "yaml";
import type { ManifestItem } from "../manifest/objects.ts";
import type { Step } from "../manifest/path.ts";
import { type Change, treeOf, type WishTree } from "./change.ts";
import { type Placed, place } from "./place.ts";
import { CannotPlace, checkUnshared, type Edit, entryOf, type Site, usedAnchors } from "./site.ts";

/** The text of a manifest, and for each YAML document the names of the anchors to which aliases refer. */
export interface Source {
  readonly text: string;
  readonly anchors: Map<Document.Parsed, ReadonlySet<string>>;
}

export function sourceOf(text: string): Source {
  return { text, anchors: new Map() };
}

/**
 * The edits that make these changes to an object, in the order of the text. `item` must be read from this text with
 * keepSourceTokens.
 */
export function editsOf(
  source: Source,
  item: ManifestItem,
  changes: readonly Change[],
): Placed & { readonly tree: WishTree } {
  const tree = treeOf(changes);
  const { document, base, value, steps } = item.find([]);
  const site = { text: source.text.slice(base), used: anchorsOf(source, document) };
  const shared = sharedOnTheWay(document, steps, site);
  if (shared !== undefined) return { edits: [], refusals: [{ steps: [], reason: shared }], tree };
  const { edits, refusals } = place(site, value, { tree, value: item.value });
  const moved = edits.map(({ start, end, text }) => ({ start: start + base, end: end + base, text }));
  return { edits: moved.filter((edit) => isEffective(source, edit)).sort(byPlace), refusals, tree };
}

function isEffective({ text: old }: Source, { start, end, text }: Edit): boolean {
  return old.slice(start, end) !== text;
}

function byPlace(one: Edit, other: Edit): number {
  return one.start - other.start || one.end - other.end;
}

function anchorsOf({ text, anchors }: Source, document: Document.Parsed): ReadonlySet<string> {
  const known = anchors.get(document);
  if (known !== undefined) return known;
  const names = text.includes("*") ? usedAnchors(document) : new Set<string>();
  anchors.set(document, names);
  return names;
}

/**
 * The error message if a YAML alias refers to the object or to a node around it; undefined if there is no such alias.
 */
function sharedOnTheWay(document: Document.Parsed, steps: readonly Step[], site: Site): string | undefined {
  let node: Node | null | undefined = document.contents;
  try {
    for (const step of steps) {
      if (node) checkUnshared(site, node);
      if (isMap(node)) node = entryOf(node, step)?.value;
      else if (isSeq(node)) node = node.items[Number(step)] as Node | undefined;
    }
    return undefined;
  } catch (error) {
    if (error instanceof CannotPlace) return error.message;
    throw error;
  }
}

/** The text after the edits, which are in order and do not overlap. */
export function applied(text: string, edits: readonly Edit[]): string {
  let at = 0;
  const parts: string[] = [];
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return [...parts, text.slice(at)].join("");
}
