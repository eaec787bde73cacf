import type { ProgramTable } from "../programs/program.ts";

/** What holds for every program of a main process. */
export interface About {
  readonly signal: { readonly name: string; readonly number: number };
  /** Where its input comes from. A person may end the input. A terminal without a person never ends. */
  readonly input: "none" | "terminal" | "person";
  readonly programs: ProgramTable;
}
