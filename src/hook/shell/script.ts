/** Runs a shell script from its first command to its end: the entry point of the interpreter. */
import { COMMAND, charge, chargeText } from "../budget.ts";
import type { Dialect, ShellCall } from "../exec/shell-invocation.ts";
import { between, CANNOT_TELL, ENDLESS_SECONDS, NO_TIME } from "../interval.ts";
import {
  type Analysis,
  charged,
  type Evaluator,
  type KnownRun,
  type Scope,
  type ScriptReader,
  type ScriptReading,
  type Setting,
  withUnknownValues,
} from "./analysis.ts";
import type { Statement } from "./ast.ts";
import { joinPoint } from "./domain/join.ts";
import { inputOf, newState, type State } from "./domain/state.ts";
import { type Field, succeeded } from "./domain/value.ts";
import { giveUp } from "./effects.ts";
import { list } from "./eval/list.ts";
import { invoke } from "./eval/simple.ts";
import { capture, runChild } from "./eval/subshells.ts";
import { expandParts, expandWord } from "./expand/words.ts";
import { readScript, type SyntaxFault } from "./parse.ts";

const EVALUATOR: Evaluator = { list, expandWord, expandParts, capture, evalText, invoke };

/** The maximum nesting depth of scripts; real hooks have at most three levels. */
const DEEPEST_SCRIPTS = 8;

/**
 * Reads a whole script; a text that cannot be read takes an unknown time. If the end of the script is not known, a
 * second reading may compute the known run (`Setting.reads`).
 */
export const readShellScript: ScriptReader = (call, text, args, setting) => {
  const { hook, reads } = setting;
  charge(hook.budget, COMMAND);
  if (hook.depth >= DEEPEST_SCRIPTS) return cannotTell("nests too many scripts");
  hook.depth += 1;
  if (call.isLogin) hook.assumptions.add("profile-takes-no-time");
  // The profile files may set any variable. The known run (`HookReading.known`) ignores the profile files.
  const env = call.isLogin ? withUnknownValues(setting.env) : setting.env;
  const reading = readText(call, text, args, { ...setting, env, reads: "bounds" });
  const isOpen = Math.max(reading.seconds.max, reading.outputOpen) === Number.POSITIVE_INFINITY;
  const known =
    reads === "known-run" && isOpen && charge(hook.budget, COMMAND)
      ? knownRunOf(readText(call, text, args, { ...setting, hook: { ...hook, assumptions: new Set() } }))
      : undefined;
  hook.depth -= 1;
  return { ...reading, known };
};

function knownRunOf({ seconds, outputOpen, parts }: ScriptReading): KnownRun {
  // A text that cannot be read takes no time in the known run. A sum of times above ENDLESS_SECONDS becomes
  // ENDLESS_SECONDS.
  const last = (time: number): number => (seconds === CANNOT_TELL ? 0 : Math.min(time, ENDLESS_SECONDS));
  return {
    seconds: last(seconds.max),
    outputOpen: last(outputOpen),
    parts: new Map(parts.map((part) => [part.offset, last(part.seconds.max)])),
  };
}

function readText(call: ShellCall, text: string, args: readonly Field[], setting: Setting): ScriptReading {
  // The caller has already subtracted the cost of the hook's words, so only the text of a nested script costs units.
  if (setting.hook.depth > 1 && !chargeText(setting.hook.budget, text))
    return cannotTell("runs too much text to be analysed");
  const read = readScript(text);
  switch (read.kind) {
    case "unreadable":
      return cannotTell(`the text ${read.remark.because}`);
    case "invalid":
      return invalidText(text, read.remark, call.dialect, setting);
    case "script": {
      const isForBash = read.bashOnly !== undefined && call.dialect === "any";
      if (isForBash && setting.reads === "bounds")
        return cannotTell(
          `${read.bashOnly.because} has another meaning in dash or busybox than in bash, and sh may be any of these shells`,
        );
      const meant: ShellCall = isForBash ? { ...call, dialect: "bash" } : call;
      return interpret({ call: meant, text, statements: read.script.commands }, args, setting);
    }
    default:
      read satisfies never;
      return cannotTell("cannot be read");
  }
}

/** Texts that dash or ash may accept although bash does not. */
const OTHER_GRAMMAR = /\[\[|\(\(|\(\s*\)|[<>]\(|\|&|&>|;&|<<|\b(select|function|coproc|time)\b|!\s*!/;

/**
 * Shells read line by line: the lines before the line with the error run if they are a valid script. Otherwise nothing
 * runs.
 */
function invalidText(
  text: string,
  remark: SyntaxFault,
  dialect: Dialect,
  { hook: { budget } }: Setting,
): ScriptReading {
  const because = `the text ${remark.because}`;
  if (OTHER_GRAMMAR.test(text) && dialect === "any") return cannotTell(because);
  const lines = text.split("\n");
  for (let count = lines.length - 1; count > 0; count--) {
    const before = lines.slice(0, count).join("\n");
    if (before.trim() === "") break;
    if (!chargeText(budget, before)) return cannotTell("has errors on too many lines");
    const { kind } = readScript(before);
    if (kind !== "invalid")
      return { ...cannotTell(because), brokenOff: kind === "script" ? remark : undefined };
  }
  return {
    ...cannotTell(`${because}, so the shell runs nothing`),
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
    failingSleep: undefined,
    usesInput: true,
    outlives: 0,
    known: undefined,
    invalid: undefined,
    brokenOff: undefined,
  };
}

function newAnalysis(dialect: Dialect, setting: Setting): Analysis {
  return {
    ...setting,
    dialect,
    evaluator: EVALUATOR,
    stopsAt: Number.POSITIVE_INFINITY,
    stopBecause: undefined,
    unknownBecause: undefined,
    handlesSignals: false,
    timeReads: 0,
    jobCount: 0,
    longest: 0,
    sleeps: new Map(),
    givenUp: 0,
    captures: 0,
  };
}

/** Environment variables that change the behaviour of a shell before it reads the script. */
export const UNPREDICTABLE_ENV = [
  ...["BASH_ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT", "LD_PRELOAD"],
  ...["PS4", "EXECIGNORE", "FUNCNEST", "TMOUT", "BASH_COMPAT"],
];

/** Programs that make named pipes. The pattern is matched after quotes are removed from the text. */
const MAKES_PIPES = /mkfifo|mknod/;

interface Script {
  readonly call: ShellCall;
  readonly text: string;
  readonly statements: readonly Statement[];
}

function interpret(
  { call, text, statements }: Script,
  args: readonly Field[],
  setting: Setting,
): ScriptReading {
  const unpredictable = UNPREDICTABLE_ENV.find((name) => setting.env.has(name));
  if (unpredictable !== undefined) return cannotTell(`${unpredictable} changes how the shell works`);
  if (MAKES_PIPES.test(text.replace(/['"\\]/g, ""))) setting.hook.pipesMayBe = true;
  const state = newState(args);
  state.background = setting.background;
  const { input, inputDelay: delay = Number.POSITIVE_INFINITY } = setting;
  if (Number.isFinite(delay)) state.input = { ...inputOf("pipe", input), delay };
  const scope: Scope = {
    analysis: newAnalysis(call.dialect, setting),
    tested: false,
    ends: joinPoint(),
    returns: undefined,
    loops: [],
    loopOutside: false,
    calls: 0,
    text,
    origin: undefined,
  };
  runChild(state, scope, {
    tested: false,
    body: (inner, inside) => {
      for (const option of call.options)
        evalText(inner, { ...inside, origin: { text: option, offset: OUTSIDE_TEXT } }, option);
      list(inner, inside, statements);
    },
  });
  return summary(state, scope.analysis, statements);
}

/** The offset of nodes that are not in the text, because they come from options of the command line. */
const OUTSIDE_TEXT = -1;

/** In bash and busybox ash, a single program replaces its shell. */
function isOneProgram([only, ...more]: readonly Statement[]): boolean {
  return more.length === 0 && only?.background !== true && only?.command.type === "Command";
}

function summary(end: State, analysis: Analysis, statements: readonly Statement[]): ScriptReading {
  const open = [...end.jobs, ...end.detached].filter((job) =>
    job.mayHold.some((output) => output.kind === "hook" || output.kind === "unknown"),
  );
  const { now, status } = end;
  const stopped = analysis.stopsAt < now.min;
  const ok = succeeded(status);
  return {
    seconds: between(Math.min(now.min, analysis.stopsAt), now.max),
    outputOpen: open.reduce((last, job) => Math.max(last, job.end.max), now.max),
    stopsMainAfter: Number.isFinite(analysis.stopsAt) ? analysis.stopsAt : undefined,
    status: ok === undefined || stopped ? "unknown" : ok ? "success" : "failure",
    exitStatus: typeof status === "number" && status !== 0 && !stopped ? status : undefined,
    handlesSignals: analysis.handlesSignals,
    parts: [...end.parts.values()]
      .filter((part) => part.offset !== OUTSIDE_TEXT)
      .sort((a, b) => a.offset - b.offset),
    minBecause: stopped ? analysis.stopBecause : undefined,
    maxBecause: now.max === Number.POSITIVE_INFINITY ? analysis.unknownBecause : undefined,
    failingSleep: [...analysis.sleeps.values()].find((failure) => failure !== undefined),
    usesInput: end.input.used,
    outlives: isOneProgram(statements) ? 0 : analysis.longest,
    known: undefined,
    invalid: undefined,
    brokenOff: undefined,
  };
}

/** Text that runs in the same shell: `eval`, traps, options of the command line. */
function evalText(state: State, scope: Scope, text: string): void {
  const { hook } = scope.analysis;
  const inside: Scope = { ...scope, text, origin: scope.origin ?? { text, offset: 0 } };
  const read = readInside(scope.analysis, text);
  if ("because" in read) {
    giveUp(state, inside, { pos: 0, end: text.length }, read.because);
    return;
  }
  hook.depth += 1;
  charged(scope, COMMAND);
  list(state, inside, read.statements);
  hook.depth -= 1;
}

function readInside(
  { hook, dialect }: Analysis,
  text: string,
): { readonly statements: readonly Statement[] } | { readonly because: string } {
  if (hook.depth >= DEEPEST_SCRIPTS) return { because: "nests too many scripts" };
  if (!chargeText(hook.budget, text)) return { because: "runs too much text to be analysed" };
  const read = readScript(text);
  // A syntax error in `eval` ends some shells, and other shells continue.
  if (read.kind !== "script") return { because: read.remark.because };
  if (read.bashOnly !== undefined && dialect === "any") return { because: `has ${read.bashOnly.because}` };
  return { statements: read.script.commands };
}
