import type { ManifestContext } from "../admission/manifest-decision.ts";

/** What the texts of one run are checked by. */
export interface CheckOptions extends ManifestContext {
  /** Whether findings say what mends them in the text. It costs as much again as reading the text. */
  readonly withEdits?: boolean;
  /** Whether audit findings are only counted. */
  readonly hidesAudits?: boolean;
}
