import type { ManifestContext } from "../admission/manifest-decision.ts";

/** The settings for the check of all texts in one run. */
export interface CheckOptions extends ManifestContext {
  /** Whether findings include the edits that fix them. Making the edits takes as long as parsing the text. */
  readonly withEdits?: boolean;
  /** Whether audit findings are counted but not listed. */
  readonly hidesAudits?: boolean;
}
