import { exactly } from "./interval.ts";
import type { Program, ProgramTable } from "./program-table.ts";

const SLEEP: Program = {
  name: "sleep",
  source: "sleep(1), GNU coreutils 9.5",
  summary: "waits for the sum of its operands",
  read: (args) => {
    const seconds = args.length === 1 && /^\d{1,9}$/.test(args[0] ?? "") ? Number(args[0]) : 0;
    return {
      seconds: exactly(seconds),
      because: `takes ${seconds} s`,
      status: "success",
      mayStopMain: false,
    };
  },
};

/** The programs that are known by name. */
export const PROGRAMS: ProgramTable = new Map([[SLEEP.name, SLEEP]]);
