import type { Budget } from "./budget.ts";
import type { ProgramTable } from "./programs/program.ts";

/** What is known around a hook. */
export interface Surroundings {
  /**
   * The container's `env`. The value of a name is undefined where it is not literal, as with `valueFrom`. A name that is not
   * here may still be set, by the image or `envFrom`.
   */
  readonly env: ReadonlyMap<string, string | undefined>;
  readonly programs: ProgramTable;
  /** What reading the hook may cost; it counts down. */
  readonly budget: Budget;
}
