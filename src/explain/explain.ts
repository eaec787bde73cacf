import type { Context } from "../admission/decision.ts";

/** What /explain and the command line say of the documents of one manifest, as data. */
export interface Explanation {
  readonly documents: readonly object[];
}

/**
 * Explains every document of a manifest (already parsed from YAML or JSON; a `List` counts as its items).
 *
 * @throws BadRequest that names the document and the field when an object has a type that the API server refuses.
 */
export function explain(documents: readonly unknown[], _context: Context): Explanation {
  return { documents: documents.map(() => ({})) };
}
