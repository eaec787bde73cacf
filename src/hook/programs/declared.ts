import type { Interval } from "../interval.ts";
import { soundsLikeStopping } from "../shell/eval/program.ts";
import type { Program, ProgramTable } from "./program.ts";

/** A program whose time the owner of the cluster declares, by the name of its file. Seconds. */
export interface DeclaredProgram {
  readonly name: string;
  readonly seconds: Interval;
}

/**
 * The table with what is declared; that takes the place of an entry of the same name. Only the time is declared: how
 * the program ends, and whether it stops the app, is as unknown as before. Shells and their builtins are not programs here.
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
