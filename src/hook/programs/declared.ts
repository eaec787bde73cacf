import type { Interval } from "../interval.ts";
import { soundsLikeStopping } from "../shell/eval/program.ts";
import type { Program, ProgramTable } from "./program.ts";

/** A program whose time the configuration declares, in seconds. `name` is the program's file name. */
export interface DeclaredProgram {
  readonly name: string;
  readonly seconds: Interval;
}

/**
 * The table with the declared programs added; they replace entries of the same name. The configuration declares only
 * the time of a program. The exit status, and whether the program stops the app, stay unknown. A declared name has no
 * effect on a shell or on a builtin of a shell.
 */
export function withDeclaredPrograms(
  table: ProgramTable,
  declared: readonly DeclaredProgram[],
): ProgramTable {
  return new Map([...table, ...declared.map((one) => [one.name, entry(one)] as const)]);
}

function entry({ name, seconds }: DeclaredProgram): Program {
  return {
    name,
    source: "the configuration",
    summary: "takes the time that the configuration declares",
    read: (args) => ({
      seconds,
      because: "takes the time that the configuration declares",
      status: "unknown",
      mayStopMain: soundsLikeStopping([name, ...args]),
    }),
  };
}
