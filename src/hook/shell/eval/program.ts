/** Programs that a script runs: shells, those in the table, and those nobody knows. */
import { COMMAND, charge } from "../../budget.ts";
import { baseName, LONGEST_WORD } from "../../exec/shell-invocation.ts";
import { CANNOT_TELL, either } from "../../interval.ts";
import type { Program, ProgramCall, ProgramResult } from "../../programs/program.ts";
import { fails } from "../../programs/program-result.ts";
import type { Environment, Run } from "../analysis.ts";
import type { Shell } from "../domain/state.ts";
import { type Field, isRange, isSeveral } from "../domain/value.ts";
import type { Setting } from "../script.ts";
import { shellAsProgram } from "./shell-program.ts";

/** Letters of its words and its input that a program reads in a microsecond. */
const LETTERS = 16;

/** How long a program takes with these words; undefined stands for words that are not known. */
export function readProgram(argv: readonly (string | undefined)[], setting: Setting): ProgramResult {
  const [path, ...args] = argv;
  if (path === undefined) return unknownProgram("is a command that is not known", argv);
  let letters = setting.input?.length ?? 0;
  let longest = 0;
  for (const word of argv) {
    letters += 8 + (word?.length ?? 0);
    longest = Math.max(longest, word?.length ?? 0);
  }
  if (!charge(setting.hook.budget, COMMAND + letters / LETTERS))
    return unknownProgram("runs too often to be followed", [undefined]);
  if (longest > LONGEST_WORD) return unknownProgram("has a word that is too long to be read", [undefined]);
  if (/[\r\n]/.test(baseName(path))) return nowhere();
  const asShell = shellAsProgram(argv, setting);
  if (asShell !== undefined) return asShell;
  const program =
    setting.programs.get(baseName(path)) ?? setting.programs.get(baseName(path).replace(/\.exe$/i, ""));
  if (program === undefined || MAKES_PIPES.test(baseName(path))) setting.hook.pipesMayBe = true;
  if (program === undefined) return unknownProgram("takes a time that is not known", argv);
  const reading = program.read(args, {
    command: (words) => readProgram(words, setting),
    input: setting.input,
    wordsVary: setting.wordsVary,
    background: setting.background,
    ignoresSignals: setting.ignoresSignals,
    filesMayWait: setting.hook.pipesMayBe,
  } satisfies ProgramCall);
  charge(setting.hook.budget, (reading.output?.length ?? 0) / 64);
  return reading;
}

/** Makes named pipes, or gives other names to what may be one. */
const MAKES_PIPES = /^(mkfifo|mknod|ln)$/;

/** A name with a line end in it, as Windows line ends leave it: there is no such program. */
function nowhere(): ProgramResult {
  return { ...fails("line-end-in-name"), exitStatus: 127 };
}

/** Words that say that a program is there to stop something: what is stopped may be the main process. */
const STOPPING =
  /stop|quit|shut|kill|term|exit|leave|halt|drain|down|reload|restart|decommission|switchover|failover|sig/i;

/** Nothing is known of it but its name. */
function unknownProgram(because: string, argv: readonly (string | undefined)[]): ProgramResult {
  return { seconds: CANNOT_TELL, because, status: "unknown", mayStopMain: soundsLikeStopping(argv) };
}

/** Whether a program that nobody knows may stop the main process, by its words. */
export function soundsLikeStopping(argv: readonly (string | undefined)[]): boolean {
  return argv[0] === undefined || argv.some((word) => word !== undefined && STOPPING.test(word));
}

/** A program in a script, with what the script knows of its words, its environment and its input. */
export function programReading(run: Run, shell: Shell, fields: readonly Field[]): ProgramResult {
  const setting: Setting = {
    env: environment(run, shell),
    programs: run.programs,
    hook: run.hook,
    input: shell.input.kind === "hook" ? undefined : shell.input.text,
    wordsVary: fields.some(isSeveral),
    background: shell.background,
    ignoresSignals: run.ignoresSignals,
  };
  const words = fields.map((field) => (typeof field === "string" ? field : undefined));
  if (!fields.some((field) => isRange(field)) || !growsWithNumbers(run, words))
    return readProgram(words, setting);
  const at = (end: "low" | "high"): ProgramResult =>
    readProgram(
      fields.map((field) =>
        isRange(field) ? String(Math.max(0, field[end])) : typeof field === "string" ? field : undefined,
      ),
      setting,
    );
  return between(
    at("low"),
    at("high"),
    fields.some((field) => isRange(field) && field.low < 0),
  );
}

function growsWithNumbers(run: Run, words: readonly (string | undefined)[]): boolean {
  const program: Program | undefined = run.programs.get(baseName(words[0] ?? ""));
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
 * What a child finds in its environment: names that are exported, or were there before and have been assigned. It looks
 * at the shell itself, which waits for the child: an environment can be large, and is not copied for each command.
 */
function environment(run: Run, shell: Shell): Environment {
  if (shell.vars.size === 0 && !shell.forgotten) return run.env;
  const get = (name: string): string | undefined => {
    if (!shell.vars.has(name)) return shell.forgotten ? undefined : run.env.get(name);
    const value = shell.vars.get(name);
    return typeof value === "string" && (shell.exported.has(name) || run.env.has(name)) ? value : undefined;
  };
  return { get, has: (name) => get(name) !== undefined };
}
