import type { Budget } from "./budget.ts";
import type { ProgramTable } from "./programs/program.ts";

/** What is known around a hook. */
export interface Surroundings {
  /** The container's `env` with literal values. A name that is not here may still be set, by the image or `valueFrom`. */
  readonly env: ReadonlyMap<string, string>;
  readonly programs: ProgramTable;
  /** What reading the hook may cost; it counts down. */
  readonly budget: Budget;
}
