/** Programs that a script runs: shells, programs in the table, and unknown programs. */
import { COMMAND, charge } from "../../budget.ts";
import { baseName, LONGEST_WORD, readShellCall } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL, either, NO_TIME, plus } from "../../interval.ts";
import type { Program, ProgramCall, ProgramResult } from "../../programs/program.ts";
import { fails } from "../../programs/program-result.ts";
import {
  type Analysis,
  type Environment,
  type Scope,
  type ScriptReading,
  type Setting,
  withUnknownValues,
} from "../analysis.ts";
import type { State } from "../domain/state.ts";
import { type Field, isRange, isUnknownCount } from "../domain/value.ts";

/** One unit of the budget is enough to read this many letters of a program's words and input. */
const LETTERS = 16;
/** One unit of the budget is enough to copy this many letters of output. */
const OUTPUT_LETTERS = 64;
/** A word costs as much as this many letters, in addition to its own letters. */
const WORD = 8;

/** How long a program takes with these words; an undefined word is not known. */
export function readProgram(argv: readonly (string | undefined)[], setting: Setting): ProgramResult {
  const [path, ...args] = argv;
  if (path === undefined) return unknownProgram("is an unknown command", argv);
  let letters = setting.input?.length ?? 0;
  let longest = 0;
  for (const word of argv) {
    letters += WORD + (word?.length ?? 0);
    longest = Math.max(longest, word?.length ?? 0);
  }
  if (!charge(setting.hook.budget, COMMAND + letters / LETTERS))
    return unknownProgram("runs too often to be analysed", [undefined]);
  if (longest > LONGEST_WORD)
    return unknownProgram("has a word that is too long to be analysed", [undefined]);
  if (/[\r\n]/.test(baseName(path))) return nowhere();
  const asShell = shellAsProgram(argv, setting);
  if (asShell !== undefined) return asShell;
  const program =
    setting.programs.get(baseName(path)) ?? setting.programs.get(baseName(path).replace(/\.exe$/i, ""));
  if (program === undefined || MAKES_PIPES.test(baseName(path))) setting.hook.pipesMayBe = true;
  if (program === undefined) return unknownProgram("takes an unknown time", argv);
  const reading = program.read(args, {
    command: (words) => readProgram(words, setting),
    elsewhere: (words) => readProgram(words, { ...setting, env: withUnknownValues(setting.env) }),
    input: setting.input,
    inputDelay: setting.inputDelay ?? Number.POSITIVE_INFINITY,
    wordsVary: setting.wordsVary,
    background: setting.background,
    ignoresSignals: setting.ignoresSignals,
    filesMayWait: setting.hook.pipesMayBe,
  } satisfies ProgramCall);
  charge(setting.hook.budget, (reading.output?.length ?? 0) / OUTPUT_LETTERS);
  return reading;
}

/** Programs that make named pipes, or new names for files that may be named pipes. */
const MAKES_PIPES = /^(mkfifo|mknod|ln)$/;

/** A program name that ends in a carriage return, from Windows line ends, does not exist. */
function nowhere(): ProgramResult {
  return { ...fails("line-end-in-name"), exitStatus: 127 };
}

/** Words in the names of programs that stop something, perhaps the main process. */
const STOPPING =
  /stop|quit|shut|kill|term|exit|leave|halt|drain|down|reload|restart|decommission|switchover|failover|sig/i;

/** A program of which only the name is known. */
function unknownProgram(because: string, argv: readonly (string | undefined)[]): ProgramResult {
  return { seconds: CANNOT_TELL, because, status: "unknown", mayStopMain: soundsLikeStopping(argv) };
}

/** Whether an unknown program may stop the main process, judged by the words of its command line. */
export function soundsLikeStopping(argv: readonly (string | undefined)[]): boolean {
  return argv[0] === undefined || argv.some((word) => word !== undefined && STOPPING.test(word));
}

/** A program in a script, with the known part of its words, environment and input. */
export function programReading(state: State, { analysis }: Scope, fields: readonly Field[]): ProgramResult {
  const setting: Setting = {
    env: environment(state, analysis),
    programs: analysis.programs,
    hook: analysis.hook,
    readScript: analysis.readScript,
    ...(state.input.kind !== "hook" && { input: state.input.text, inputDelay: state.input.delay }),
    wordsVary: fields.some(isUnknownCount),
    background: state.background,
    ignoresSignals: analysis.ignoresSignals,
    reads: analysis.reads,
  };
  const words = fields.map((field) => (typeof field === "string" ? field : undefined));
  if (!fields.some(isRange) || !growsWithNumbers(analysis, words)) return readProgram(words, setting);
  const low = readProgram(
    fields.map((field) => wordAt(field, "low")),
    setting,
  );
  const high = readProgram(
    fields.map((field) => wordAt(field, "high")),
    setting,
  );
  return between(
    low,
    high,
    fields.some((field) => isRange(field) && field.low < 0),
  );
}

/** The literal word of a field, or the lower or upper bound if the field is a number range. */
function wordAt(field: Field, end: "low" | "high"): string | undefined {
  if (isRange(field)) return String(Math.max(0, field[end]));
  return typeof field === "string" ? field : undefined;
}

function growsWithNumbers({ programs }: Analysis, words: readonly (string | undefined)[]): boolean {
  const program: Program | undefined = programs.get(baseName(words[0] ?? ""));
  return program?.growsWithNumbers === true;
}

function between(low: ProgramResult, high: ProgramResult, mayBeNegative: boolean): ProgramResult {
  const seconds = either(low.seconds, high.seconds);
  return {
    ...high,
    seconds: mayBeNegative ? { min: 0, max: seconds.max } : seconds,
    status: low.status === high.status && !mayBeNegative ? low.status : "unknown",
    because: `takes ${seconds.min} to ${seconds.max} s`,
    failure: undefined,
  };
}

/**
 * The environment of a child process. It has the exported variables and the variables of the hook's environment, with
 * the values that the script assigned. The result is a view of the state, because a copy can be large. The state does
 * not change while the child is read.
 */
function environment({ vars, allVarsUnknown, exported }: State, { env }: Analysis): Environment {
  if (vars.size === 0 && !allVarsUnknown) return env;
  const get = (name: string): string | undefined => {
    if (!vars.has(name)) return allVarsUnknown ? undefined : env.get(name);
    const value = vars.get(name);
    return typeof value === "string" && (exported.has(name) || env.has(name)) ? value : undefined;
  };
  return { get, has: (name) => exported.has(name) || env.has(name) };
}

/** A shell that runs as a program: `sh -c TEXT` in another script, under `timeout` or after `tini`. */
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
        ? unreadShell("runs a script that gracekeeper cannot read")
        : { ...unreadShell("cannot be read by gracekeeper"), runs: script.file };
    case "input":
      // The commands of this shell share its input. It is not known what the shell leaves for them.
      return setting.input === undefined
        ? unreadShell("reads commands from its input")
        : {
            ...asProgram(setting.readScript(call, setting.input, [], { ...setting, input: undefined })),
            readsInput: "all",
            waitsForInput: undefined,
          };
    case "unknown":
      return unreadShell(script.because);
  }
}

function unreadShell(because: string): ProgramResult {
  return { seconds: CANNOT_TELL, because, status: "unknown", mayStopMain: true, readsInput: "some" };
}

/** Why the script of a shell takes its time, and which command takes this time. */
function becauseOf({ seconds, maxBecause }: ScriptReading): Pick<ProgramResult, "because" | "runs"> {
  if (maxBecause === undefined)
    return { because: seconds.max === 0 ? "ends at once" : `runs a script of ${seconds.max} s` };
  const { command, runs = command, clause } = maxBecause;
  return runs === undefined ? { because: `runs a script: ${clause}` } : { because: clause, runs };
}

function asProgram(reading: ScriptReading): ProgramResult {
  const { seconds, outputOpen, known, status, exitStatus, stopsMainAfter, handlesSignals } = reading;
  return {
    // If the main process ends, this shell ends, too. The caller derives this from `stopsMainAfter`.
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
    // `seconds` already contains the time that the shell's commands wait for input.
    waitsForInput: 0,
  };
}
