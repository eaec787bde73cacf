import type { Context } from "../policy/model/context.ts";
import type { Namespace } from "../policy/model/namespace.ts";

/** What the texts of one run are checked by. */
export interface CheckOptions extends Pick<Context, "configuration" | "readHooks"> {
  /** Those that the run declares, by name. In any other namespace: mode enforce, and nothing is injected. */
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** Whether findings say what mends them in the text. It costs as much again as reading the text. */
  readonly withEdits?: boolean;
}
