import type { ProgramTable } from "../programs/program.ts";

/** What holds for every program of a main process. */
export interface About {
  readonly signal: { readonly name: string; readonly number: number };
  /** Where its input comes from. A person may end it; a terminal on which nobody can type never ends. */
  readonly input: "none" | "terminal" | "person";
  readonly programs: ProgramTable;
}
