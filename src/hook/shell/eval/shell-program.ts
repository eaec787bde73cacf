/** A shell as a program among others: under `timeout`, behind `tini`, in another script. */

import { readShellCall } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL, NO_TIME, plus } from "../../interval.ts";
import type { ProgramReading } from "../../programs/program.ts";
import type { Part } from "../../reading.ts";
import { readShellScript, type ScriptReading, type Setting } from "../script.ts";

/** A shell that was started as a program: `sh -c ...` in another script, under `timeout`, behind `tini`. */
export function shellAsProgram(
  argv: readonly (string | undefined)[],
  setting: Setting,
): ProgramReading | undefined {
  const call = readShellCall(argv);
  if (call === undefined) return undefined;
  const { script } = call;
  switch (script.kind) {
    case "text":
      return asProgram(readShellScript(call, script.text, script.args, setting));
    case "missing":
      return {
        seconds: NO_TIME,
        because: "fails: -c has no text",
        status: "failure",
        mayStopMain: false,
        output: "",
      };
    case "file":
      return unknownProgram(`runs ${script.file ?? "a script"}, which cannot be read here`);
    case "input":
      // Its commands read from the same input, so what is left for them is not known.
      return setting.input === undefined
        ? unknownProgram("reads commands from its input")
        : {
            ...asProgram(readShellScript(call, setting.input, [], { ...setting, input: undefined })),
            readsInput: "all",
          };
    case "unknown":
      return unknownProgram(script.because);
  }
}

function unknownProgram(because: string): ProgramReading {
  return { seconds: CANNOT_TELL, because, status: "unknown", mayStopMain: true, readsInput: "some" };
}

const MOST_PARTS = 4;
const LONGEST_CLAUSE = 200;

/** Scripts stand in scripts, and what they say would grow with each. */
function said({ text, because }: Part): string {
  return `${text.slice(0, LONGEST_CLAUSE)}: ${because.slice(0, LONGEST_CLAUSE)}`;
}

function asProgram(reading: ScriptReading): ProgramReading {
  const { seconds, outputOpen, status, exitStatus, stopsMainAfter, handlesSignals } = reading;
  return {
    // What cuts the main process also cuts this; the caller counts that from `stopsMainAfter`.
    seconds,
    because:
      reading.maxBecause ?? (reading.parts.slice(0, MOST_PARTS).map(said).join(", then ") || "ends at once"),
    status,
    exitStatus,
    mayStopMain: stopsMainAfter !== undefined,
    stopsMainAfter,
    leaves: outputOpen > seconds.max ? plus(NO_TIME, { min: 0, max: outputOpen }) : undefined,
    handlesSignals,
    outlives: reading.outlives,
    readsInput: reading.usesInput ? "some" : undefined,
  };
}
