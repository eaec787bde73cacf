import type { Theme } from "../../explain/picture/style.ts";
import type { ConfigurationTexts } from "../configuration.ts";

export const FORMATS = ["text", "json", "svg"] as const;

/** The options of `explain`, as the library commander parses them. */
export interface ExplainTexts extends ConfigurationTexts {
  readonly on: string;
  readonly grace?: string;
  readonly notice?: string;
  readonly shutdown?: string;
  readonly critical?: string;
  readonly output: (typeof FORMATS)[number];
  readonly theme: Theme;
}
