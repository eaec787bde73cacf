import { readShellCall } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL, NO_TIME, plus } from "../../interval.ts";
import type { ProgramResult } from "../../programs/program.ts";
import { fails } from "../../programs/program-result.ts";
import type { ScriptReading, Setting } from "../analysis.ts";

/** A shell that was started as a program: `sh -c ...` in another script, under `timeout`, behind `tini`. */
export function shellAsProgram(
  argv: readonly (string | undefined)[],
  setting: Setting,
): ProgramResult | undefined {
  const call = readShellCall(argv);
  if (call === undefined) return undefined;
  const { script } = call;
  switch (script.kind) {
    case "text":
      return asProgram(setting.readScript(call, script.text, script.args, setting));
    case "missing":
      return fails("no-text");
    case "file":
      return script.file === undefined
        ? unknownProgram("runs a script that cannot be read here")
        : { ...unknownProgram("cannot be read here"), runs: script.file };
    case "input":
      // Its commands read from the same input, so the rest of it is not known.
      return setting.input === undefined
        ? unknownProgram("reads commands from its input")
        : {
            ...asProgram(setting.readScript(call, setting.input, [], { ...setting, input: undefined })),
            readsInput: "all",
            waitsForInput: undefined,
          };
    case "unknown":
      return unknownProgram(script.because);
  }
}

function unknownProgram(because: string): ProgramResult {
  return { seconds: CANNOT_TELL, because, status: "unknown", mayStopMain: true, readsInput: "some" };
}

/** What its script takes, and why. */
function becauseOf({ seconds, maxBecause }: ScriptReading): Pick<ProgramResult, "because" | "runs"> {
  if (maxBecause === undefined)
    return { because: seconds.max === 0 ? "ends at once" : `runs a script of ${seconds.max} s` };
  const { command, runs = command, clause } = maxBecause;
  return runs === undefined ? { because: `runs a script: ${clause}` } : { because: clause, runs };
}

function asProgram(reading: ScriptReading): ProgramResult {
  const { seconds, outputOpen, known, status, exitStatus, stopsMainAfter, handlesSignals } = reading;
  return {
    // What cuts the main process also cuts this; the caller counts that from `stopsMainAfter`.
    seconds,
    known: known && { seconds: known.seconds, leaves: known.outputOpen },
    ...becauseOf(reading),
    status,
    exitStatus,
    mayStopMain: stopsMainAfter !== undefined,
    stopsMainAfter,
    leaves: outputOpen > seconds.max ? plus(NO_TIME, { min: 0, max: outputOpen }) : undefined,
    handlesSignals,
    outlives: reading.outlives,
    readsInput: reading.usesInput ? "some" : undefined,
    // Its commands have waited.
    waitsForInput: 0,
  };
}
