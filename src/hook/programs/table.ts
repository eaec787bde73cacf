import { FILE_PROGRAMS } from "./files.ts";
import { INTERPRETERS } from "./interpreters.ts";
import { NETWORK_PROGRAMS } from "./network.ts";
import type { Program, ProgramTable } from "./program.ts";
import { SERVER_PROGRAMS } from "./servers.ts";
import { SIGNAL_PROGRAMS } from "./signals.ts";
import { SYSTEM_PROGRAMS } from "./system.ts";
import { TIME_PROGRAMS } from "./time.ts";
import { WINDOWS_PROGRAMS } from "./windows.ts";
import { WRAPPERS } from "./wrappers.ts";

/** The groups of the table, in the order of docs/hooks.md. */
export const PROGRAM_GROUPS: readonly {
  readonly title: string;
  readonly programs: readonly (readonly [string, Program])[];
}[] = [
  { title: "Waiting", programs: TIME_PROGRAMS },
  { title: "Running another program", programs: WRAPPERS },
  { title: "Signals", programs: SIGNAL_PROGRAMS },
  { title: "Files and text", programs: FILE_PROGRAMS },
  { title: "The system", programs: SYSTEM_PROGRAMS },
  { title: "Servers' own tools", programs: SERVER_PROGRAMS },
  { title: "Network", programs: NETWORK_PROGRAMS },
  { title: "Interpreters", programs: INTERPRETERS },
  { title: "Windows", programs: WINDOWS_PROGRAMS },
];

/** The known programs. A program that is not in the table takes an unknown time. */
export const PROGRAMS: ProgramTable = new Map(PROGRAM_GROUPS.flatMap((group) => group.programs));
