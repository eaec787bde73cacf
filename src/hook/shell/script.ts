/** One shell script from its first command to its end: the way into the interpreter. */
import { COMMAND, charge, chargeText } from "../budget.ts";
import type { ShellCall } from "../exec/shell-invocation.ts";
import { between, CANNOT_TELL, type Interval, NO_TIME } from "../interval.ts";
import type { ProgramResult, ProgramTable } from "../programs/program.ts";
import type { RawPart, RawReason } from "../reason.ts";
import {
  charged,
  type Dialect,
  type Environment,
  type HookState,
  type Interpreter,
  loseTrack,
  meeting,
  type Place,
  type Run,
} from "./analysis.ts";
import { inputOf, newShell, type Shell } from "./domain/state.ts";
import { type Field, succeeded } from "./domain/value.ts";
import { list } from "./eval/list.ts";
import { programReading } from "./eval/program.ts";
import { capture, runChild, substituteProcess } from "./eval/subshells.ts";
import { readScript, type SyntaxFault } from "./parse.ts";

/** What surrounds one script. */
export interface Setting {
  readonly env: Environment;
  readonly programs: ProgramTable;
  readonly hook: HookState;
  /** What it reads from, where that is known text. */
  readonly input?: string | undefined;
  /** True where an unknown word of the command may stand for no word or for many. */
  readonly wordsVary: boolean;
  readonly background: boolean;
  readonly ignoresSignals: boolean;
}

/** What a whole shell script comes to. Times count from its start. */
export interface ScriptReading {
  /** Until the shell ends, or the main process may have been stopped. */
  readonly seconds: Interval;
  /** Until nobody keeps the output open any more; at least `seconds.max`. */
  readonly outputOpen: number;
  readonly stopsMainAfter: number | undefined;
  readonly status: ProgramResult["status"];
  readonly exitStatus: number | undefined;
  readonly handlesSignals: boolean;
  readonly parts: readonly RawPart[];
  readonly minBecause: RawReason | undefined;
  readonly maxBecause: RawReason | undefined;
  readonly usesInput: boolean;
  /** As in `ProgramResult`. */
  readonly outlives: number;
  /** Set where no shell runs any of it. */
  readonly invalid: SyntaxFault | undefined;
}

const MIND: Interpreter = { list, capture, substituteProcess, evalText, program: programReading };

/** Scripts inside scripts: three is the most that real hooks have. */
const DEEPEST_SCRIPTS = 8;

/** Reads a whole script. Never throws; a text that cannot be read takes an unknown time. */
export function readShellScript(
  call: ShellCall,
  text: string,
  args: readonly Field[],
  setting: Setting,
): ScriptReading {
  const { hook } = setting;
  charge(hook.budget, COMMAND);
  if (hook.depth >= DEEPEST_SCRIPTS) return cannotTell("holds too many scripts in each other");
  hook.depth += 1;
  const reading = readText(call, text, args, setting);
  hook.depth -= 1;
  return reading;
}

function readText(call: ShellCall, text: string, args: readonly Field[], setting: Setting): ScriptReading {
  // The words of the hook itself have been charged, and each of its texts is read once.
  if (setting.hook.depth > 1 && !chargeText(setting.hook.budget, text))
    return cannotTell("runs more text than is read");
  const read = readScript(text);
  switch (read.kind) {
    case "unreadable":
      return cannotTell(`the text ${read.remark.because}`);
    case "invalid":
      return invalidText(call, text, args, setting, read.remark);
    case "script":
      if (read.bashOnly !== undefined && call.dialect === "any") {
        return cannotTell(
          `${read.bashOnly.because} means something else in dash or busybox than in bash, and sh may be any of them`,
        );
      }
      return interpret(call, text, read.script.commands, args, setting);
  }
}

/** Texts that dash or ash may well read although bash does not. */
const OTHER_GRAMMAR = /\[\[|\(\(|\(\s*\)|[<>]\(|\|&|&>|;&|<<|\b(select|function|coproc|time)\b|!\s*!/;

/** Shells read line by line: the lines before the one with the error run. */
function invalidText(
  call: ShellCall,
  text: string,
  args: readonly Field[],
  setting: Setting,
  remark: SyntaxFault,
): ScriptReading {
  if (OTHER_GRAMMAR.test(text) && call.dialect === "any") return cannotTell(`the text ${remark.because}`);
  const lines = text.split("\n");
  for (let count = lines.length - 1; count > 0; count--) {
    const before = lines.slice(0, count).join("\n");
    if (before.trim() === "") break;
    if (!chargeText(setting.hook.budget, before)) return cannotTell("has errors on too many lines");
    const read = readScript(before);
    if (read.kind === "unreadable") return cannotTell(`the text ${remark.because}`);
    if (read.kind === "invalid") continue;
    const first = readText(call, before, args, setting);
    // Whether a trap still runs after a syntax error, shells do not agree; a backslash joins the next line to this one.
    const surely = !/\btrap\b/.test(text) && !before.endsWith("\\");
    return {
      ...first,
      seconds: { min: surely ? first.seconds.min : 0, max: first.seconds.max },
      status: "unknown",
      exitStatus: undefined,
      minBecause: { clause: `the text ${remark.because}` },
    };
  }
  const because = `the text ${remark.because}, so the shell runs nothing`;
  return {
    ...cannotTell(because),
    seconds: NO_TIME,
    outputOpen: 0,
    status: "failure",
    invalid: remark,
  };
}

function cannotTell(because: string): ScriptReading {
  return {
    seconds: CANNOT_TELL,
    outputOpen: Number.POSITIVE_INFINITY,
    stopsMainAfter: 0,
    status: "unknown",
    exitStatus: undefined,
    handlesSignals: true,
    parts: [],
    minBecause: { clause: because },
    maxBecause: { clause: because },
    usesInput: true,
    outlives: 0,
    invalid: undefined,
  };
}

function newRun(dialect: Dialect, setting: Setting): Run {
  return {
    dialect,
    env: setting.env,
    programs: setting.programs,
    hook: setting.hook,
    mind: MIND,
    stopsAt: Number.POSITIVE_INFINITY,
    stopBecause: undefined,
    unknownBecause: undefined,
    handlesSignals: false,
    ignoresSignals: setting.ignoresSignals,
    timeReads: 0,
    jobCount: 0,
    longest: 0,
    captures: 0,
    substitutions: new Map(),
  };
}

/** Names of the environment that change what a shell does before it reads a word of the script. */
const TELLING_NAMES = [
  ...["BASH_ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT", "LD_PRELOAD"],
  ...["PS4", "EXECIGNORE", "FUNCNEST", "TMOUT", "BASH_COMPAT"],
];

/** Makes named pipes; quotes in the name do not change it. */
const MAKES_PIPES = /mkfifo|mknod/;

function interpret(
  call: ShellCall,
  text: string,
  commands: Parameters<typeof list>[3],
  args: readonly Field[],
  setting: Setting,
): ScriptReading {
  const telling = TELLING_NAMES.find((name) => setting.env.has(name));
  if (telling !== undefined) return cannotTell(`${telling} changes what the shell does`);
  const run = newRun(call.dialect, setting);
  if (MAKES_PIPES.test(text.replace(/['"\\]/g, ""))) setting.hook.pipesMayBe = true;
  const shell = newShell(args);
  shell.background = setting.background;
  if (setting.input !== undefined) shell.input = inputOf("text", setting.input);
  const at: Place = {
    tested: false,
    ends: meeting(),
    returns: undefined,
    loops: [],
    loopOutside: false,
    calls: 0,
    text,
    origin: undefined,
  };
  const end = runChild(
    run,
    shell,
    at,
    (inner, inside) => {
      for (const option of call.options)
        evalText(run, inner, { ...inside, origin: { text: option, offset: -1 } }, option);
      list(run, inner, inside, commands);
    },
    false,
  );
  return summary(run, end, commands);
}

/** A single program takes the place of its shell, in bash and busybox ash at least. */
function isOneProgram(commands: Parameters<typeof list>[3]): boolean {
  const [only, ...more] = "commands" in commands ? commands.commands : commands;
  return more.length === 0 && only?.background !== true && only?.command.type === "Command";
}

function summary(run: Run, end: Shell, commands: Parameters<typeof list>[3]): ScriptReading {
  // A script that no way leads out of cannot be: its ends meet in runChild.
  const open = [...end.jobs, ...end.orphans].filter((job) =>
    job.mayHold.some((output) => output.kind === "hook" || output.kind === "unknown"),
  );
  const stopped = run.stopsAt < end.now.min;
  const min = Math.min(end.now.min, run.stopsAt);
  const ok = succeeded(end.status);
  return {
    seconds: between(min, end.now.max),
    outputOpen: open.reduce((last, job) => Math.max(last, job.end.max), end.now.max),
    stopsMainAfter: Number.isFinite(run.stopsAt) ? run.stopsAt : undefined,
    status: ok === undefined || stopped ? "unknown" : ok ? "success" : "failure",
    exitStatus: typeof end.status === "number" && end.status !== 0 && !stopped ? end.status : undefined,
    handlesSignals: run.handlesSignals,
    parts: [...end.parts.values()].filter((part) => part.offset >= 0).sort((a, b) => a.offset - b.offset),
    minBecause: stopped ? run.stopBecause : undefined,
    maxBecause: end.now.max === Number.POSITIVE_INFINITY ? run.unknownBecause : undefined,
    usesInput: end.input.used,
    outlives: isOneProgram(commands) ? 0 : run.longest,
    invalid: undefined,
  };
}

/** `eval`, traps, options of the command line: text that runs in this very shell. */
export function evalText(run: Run, shell: Shell, at: Place, text: string): void {
  if (run.hook.depth >= DEEPEST_SCRIPTS) {
    loseTrack(run, shell, at, 0, text, "holds too many scripts in each other");
    return;
  }
  if (!chargeText(run.hook.budget, text)) {
    loseTrack(run, shell, at, 0, text, "runs more text than is read");
    return;
  }
  const read = readScript(text);
  if (read.kind !== "script") {
    // A syntax error in `eval` ends some shells and not others.
    loseTrack(run, shell, at, 0, text, read.remark.because);
    return;
  }
  if (read.bashOnly !== undefined && run.dialect === "any") {
    loseTrack(run, shell, at, 0, text, `has ${read.bashOnly.because}`);
    return;
  }
  run.hook.depth += 1;
  charged(run, COMMAND);
  const origin = at.origin ?? { text, offset: 0 };
  list(run, shell, { ...at, text, origin }, read.script.commands);
  run.hook.depth -= 1;
}
