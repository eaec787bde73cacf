import type { ManifestContext } from "../admission/manifest-decision.ts";

/** The settings for the check of all texts in one run. */
export interface CheckOptions extends ManifestContext {
  /** Whether findings have the edits that fix them in the text. Finding these takes as long as reading the text. */
  readonly withEdits?: boolean;
  /** Whether audit findings are only counted. */
  readonly hidesAudits?: boolean;
}
