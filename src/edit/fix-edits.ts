import type { ManifestItem } from "../manifest/objects.ts";
import type { Finding } from "../policy/model/finding.ts";
import { editsOf, type Source } from "./edits.ts";
import { mechanical } from "./mechanical.ts";
import type { Edit } from "./site.ts";

/**
 * The edits that fix one finding of an object, in the order of the text. Undefined if only a person can fix the
 * finding, or if the change cannot be written into the text. `item` must be read with keepSourceTokens.
 */
export function fixEdits(
  source: Source,
  item: ManifestItem,
  { id, fix }: Pick<Finding, "id" | "fix">,
): readonly Edit[] | undefined {
  const found = mechanical(id, fix, item.value);
  if (!found.ok) return undefined;
  const { edits, refusals } = editsOf(source, item, found.changes);
  return refusals.length === 0 && edits.length > 0 ? edits : undefined;
}
