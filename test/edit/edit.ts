import { type Change, changed, isSame } from "../../src/edit/change.ts";
import { applied, editsOf, sourceOf } from "../../src/edit/edits.ts";
import { itemsOf } from "../../src/manifest/objects.ts";
import { stepsOfPath } from "../../src/manifest/path.ts";
import { readDocuments } from "../../src/manifest/read.ts";

/** A change that sets the field at this path. */
export const set = (path: string, value: unknown): Change => ({
  steps: stepsOfPath(path),
  wish: { do: "set", value: value as never },
});
export const remove = (path: string): Change => ({ steps: stepsOfPath(path), wish: { do: "remove" } });
export const begin = (path: string, word: string): Change => ({
  steps: stepsOfPath(path),
  wish: { do: "begin", word },
});

/** Changes the first object of a text. Returns the new text, or `refused: REASON` if a change cannot be placed. */
export function edited(text: string, ...changes: readonly Change[]): string {
  const itemIn = (one: string) => [...readDocuments(one, { keepSourceTokens: true })].flatMap(itemsOf)[0];
  const item = itemIn(text);
  if (item === undefined) throw new Error("no object");
  const { edits, refusals, tree } = editsOf(sourceOf(text), item, changes);
  if (refusals.length > 0) return `refused: ${refusals.map(({ reason }) => reason).join(", ")}`;
  const after = applied(text, edits);
  if (!isSame(itemIn(after)?.value, changed(item.value, tree))) throw new Error(`not as meant:\n${after}`);
  return after;
}
