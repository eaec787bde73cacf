/**
 * Reads exec hooks. Shell text is analysed, and a known program is looked up in the table of programs. A command that
 * is neither a shell nor a known program takes an unknown time.
 */

import { chargeText } from "../budget.ts";
import { between, CANNOT_TELL, ENDLESS_SECONDS, isKnown, isPoint, knownSeconds } from "../interval.ts";
import type { Environment, ProgramResult, Surroundings } from "../programs/program.ts";
import { knownLeaves } from "../programs/program-result.ts";
import {
  type Assumption,
  type CannotRun,
  type HookReading,
  type NeverRun,
  neverRuns,
  type ScriptFault,
  simpleReading,
} from "../reading.ts";
import {
  oneLine,
  type Part,
  type Quoter,
  quoteFailure,
  quoteReason,
  quoter,
  type RawPart,
  type Reason,
} from "../reason.ts";
import type { HookState, ScriptReading, Setting } from "../shell/analysis.ts";
import { isUsualPath } from "../shell/domain/variables.ts";
import { readProgram } from "../shell/eval/program.ts";
import { readShellScript } from "../shell/script.ts";
import { cannotRunArgv } from "./cannot-run.ts";
import { neverRunIn, withWords } from "./never-run.ts";
import { baseName, LONGEST_WORD, readShellCall, type ShellCall, type ShellText } from "./shell-invocation.ts";

/** The maximum number of words of an exec hook that is analysed; real hooks have fewer words. */
const MOST_WORDS = 2000;

/** Reads an exec hook. The API server may not have validated `argv` yet. */
export function readExec(argv: readonly unknown[], around: Surroundings): HookReading {
  const label = labelOf(argv);
  if (argv.length > MOST_WORDS || !argv.every((word) => typeof word === "string"))
    return simpleReading(label, CANNOT_TELL, "the command is not a readable list of words");
  const reading = readCommand(argv, label, around);
  const { cannotRun, neverRun } = reading;
  const instead = (cannotRun ?? neverRun)?.instead;
  if (instead === undefined) return reading;
  const { seconds: insteadSeconds, known: insteadKnown } = readCommand(instead, label, around);
  return {
    ...reading,
    cannotRun: cannotRun && { ...cannotRun, insteadSeconds, insteadKnown },
    neverRun: neverRun && { ...neverRun, insteadSeconds, insteadKnown },
  };
}

function readCommand(words: readonly string[], label: string, around: Surroundings): HookReading {
  if (!chargeText(around.budget, words.join("")))
    return simpleReading(label, CANNOT_TELL, "the command is too long to be analysed");
  if (words.some((word) => word.length > LONGEST_WORD)) {
    const clause = `the command has a word of more than ${LONGEST_WORD} characters`;
    return simpleReading(label, CANNOT_TELL, clause);
  }
  try {
    return readWords(words, label, around);
  } catch (error) {
    // A text that nests too deeply overflows the stack. Any error other than a stack overflow is a bug.
    if (!(error instanceof RangeError)) throw error;
    return simpleReading(label, CANNOT_TELL, "the command is nested too deeply to be analysed");
  }
}

function readWords(argv: readonly string[], label: string, around: Surroundings): HookReading {
  const variable = programChangingVariable(around.env);
  if (variable !== undefined)
    return simpleReading(label, CANNOT_TELL, `${variable} in the environment may replace programs`);
  const cannotRun = cannotRunArgv(argv);
  if (cannotRun !== undefined) return neverRuns(label, cannotRun);
  const hook: HookState = {
    budget: around.budget,
    depth: 0,
    assumptions: new Set(),
    pipesMayBe: false,
  };
  const setting: Setting = {
    env: around.env,
    programs: around.programs,
    hook,
    readScript: readShellScript,
    wordsVary: false,
    background: false,
    ignoresSignals: false,
    reads: "known-run",
  };
  const call = readShellCall(argv);
  return call?.script.kind === "text"
    ? fromScript(argv, label, readText(call, call.script, setting), hook)
    : fromProgram(argv, label, readProgram(argv, setting), hook);
}

/** A variable that changes which programs run: PATH, or a function that bash imports (bash(1) "FUNCTIONS"). */
export function programChangingVariable(env: Environment): string | undefined {
  const path = env.get("PATH");
  if (path !== undefined && !isUsualPath(path)) return "PATH";
  return exportsFunction(env) ? "an exported function" : undefined;
}

export function exportsFunction(env: Environment): boolean {
  for (const name of env.keys()) if (name.startsWith("BASH_FUNC_")) return true;
  return false;
}

interface Script extends ScriptReading {
  readonly source: Extract<ShellText, { kind: "text" }>;
}

function readText(call: ShellCall, source: Script["source"], setting: Setting): Script {
  return { ...readShellScript(call, source.text, source.args, setting), source };
}

function fromProgram(
  argv: readonly string[],
  label: string,
  result: ProgramResult,
  hook: HookState,
): HookReading {
  const max = Math.max(result.seconds.max, result.leaves?.max ?? 0);
  const seconds = between(result.seconds.min, max);
  const known = knownSeconds(
    seconds,
    Math.max(knownSeconds(result.seconds, result.known?.seconds), knownLeaves(result)),
  );
  const isSleep = baseName(argv[0] ?? "") === "sleep";
  const quote = quoter(argv);
  const raw = { clause: result.because, runs: result.runs, failure: result.failure };
  const because = quoteReason(raw, quote);
  const command = { from: "hook", text: label } as const;
  const { failure } = because;
  return {
    seconds,
    known,
    why: { min: [leastOf({ text: command, seconds, because })], max: [{ ...because, command }] },
    parts: [{ text: { from: "hook", text: argv.join(" ") }, offset: 0, seconds, known, because }],
    cannotRun: isSleep && failure !== undefined ? { code: "sleep-fails", failure } : undefined,
    neverRun: undefined,
    assumptions: assumptionsOf(
      hook,
      ["programs-as-documented", ...(result.assumes ?? [])],
      result.mayStopMain || max > 0,
    ),
    plainSleep: isSleep && result.status === "success" && isKnown(seconds),
    stopsAppAfter: result.stopsMainAfter ?? (result.mayStopMain ? 0 : undefined),
    label,
  };
}

/**
 * An exec hook is killed when the main process of its container ends. So its time depends on the assumption that the
 * main process keeps running.
 */
function assumptionsOf(
  hook: HookState,
  more: readonly Assumption[],
  takesTime: boolean,
): readonly Assumption[] {
  const all = new Set<Assumption>([...more, ...hook.assumptions]);
  if (takesTime) all.add("main-process-runs-on");
  return [...all];
}

function fromScript(argv: readonly string[], label: string, script: Script, hook: HookState): HookReading {
  const { source, known } = script;
  const seconds = between(script.seconds.min, Math.max(script.seconds.max, script.outputOpen));
  const quote = quoter(argv);
  const parts = script.parts.map((part) => quotedPart(part, known?.parts.get(part.offset), quote));
  const cannotRun = scriptCannotRun(argv, script, quote);
  return {
    seconds,
    known: knownSeconds(seconds, known && Math.max(known.seconds, known.outputOpen)),
    why: {
      min: whyLeast(script, seconds.max, parts, quote),
      max: whyMost(script, seconds.max, parts, quote),
    },
    parts: parts.length > 0 ? parts : [wholeText(script, seconds, quote)],
    cannotRun,
    neverRun: cannotRun === undefined ? (neverRunIn(argv, source) ?? failingPart(script, quote)) : undefined,
    assumptions: assumptionsOf(hook, [], seconds.max > 0),
    plainSleep: isPlainSleep(source.text, seconds, script.parts),
    stopsAppAfter: script.stopsMainAfter,
    label,
  };
}

function quotedPart(
  { text, offset, seconds, because }: RawPart,
  known: number | undefined,
  quote: Quoter,
): Part {
  return {
    text: quote(text),
    offset,
    seconds,
    known: knownSeconds(seconds, known),
    because: quoteReason(because, quote),
  };
}

function wholeText(script: Script, seconds: Part["seconds"], quote: Quoter): Part {
  const because = script.maxBecause ?? script.minBecause ?? { clause: "runs nothing that takes time" };
  const text = { from: "hook", text: oneLine(script.source.text) } as const;
  return { text, offset: 0, seconds, known: knownSeconds(seconds), because: quoteReason(because, quote) };
}

function whyLeast(script: Script, max: number, parts: readonly Part[], quote: Quoter): readonly Reason[] {
  if (script.minBecause !== undefined) return [quoteReason(script.minBecause, quote)];
  if (max > script.seconds.max) return [{ clause: "the shell does not wait for its background processes" }];
  const counted = parts.filter((part) => part.seconds.min > 0);
  if (counted.length === 0) return [{ clause: "perhaps no command takes time" }];
  return counted.map(isPoint(script.seconds) ? reasonOfPart : leastOf);
}

function whyMost(script: Script, max: number, parts: readonly Part[], quote: Quoter): readonly Reason[] {
  if (script.maxBecause !== undefined) return [quoteReason(script.maxBecause, quote)];
  if (max > script.seconds.max) return [{ clause: "a background process may keep the output open" }];
  const counted = parts.length === 1 ? parts : parts.filter((part) => part.seconds.max > 0);
  return counted.length === 0 ? [{ clause: "no command takes time" }] : counted.map(reasonOfPart);
}

function reasonOfPart({ text, because }: Pick<Part, "text" | "because">): Reason {
  return { command: text, ...because };
}

/** The reason for the lower bound of a command's time. The reason in `because` is for the upper bound. */
function leastOf(part: Pick<Part, "text" | "seconds" | "because">): Reason {
  const { min, max } = part.seconds;
  if (max === 0 || min === ENDLESS_SECONDS) return reasonOfPart(part);
  const least = min === max ? `takes ${min} s` : `takes at least ${min} s`;
  return { command: part.text, clause: min === 0 ? "may end at once" : least };
}

function scriptCannotRun(argv: readonly string[], script: Script, quote: Quoter): CannotRun | undefined {
  const [part, ...more] = script.parts;
  const isOneSleep = part?.program === "sleep" && more.length === 0;
  const cannotRun = (isOneSleep ? failingSleep(script, quote) : undefined) ?? syntaxFault(script.invalid);
  return cannotRun && (wordsBehindText(argv, script.source) ?? cannotRun);
}

/** What always fails in the script: a sleep, or a line with a syntax error. The other commands run. */
function failingPart(script: Script, quote: Quoter): NeverRun | undefined {
  const part = failingSleep(script, quote) ?? syntaxFault(script.brokenOff);
  return part && { code: "part-fails", part };
}

/** A sleep with an invalid operand never waits, wherever it stands in the script. */
function failingSleep({ failingSleep: failure }: Script, quote: Quoter): ScriptFault | undefined {
  return failure && { code: "sleep-fails", failure: quoteFailure(failure, quote) };
}

function syntaxFault(fault: Script["invalid"]): ScriptFault | undefined {
  return fault && { code: "text-does-not-parse", offset: fault.offset, message: fault.message };
}

/**
 * `sh -c sleep 10` runs only the text `sleep`. This text does not use the word `10`, so `10` was meant to be part of
 * the text.
 */
function wordsBehindText(
  argv: readonly string[],
  { text, wordIndex }: Script["source"],
): CannotRun | undefined {
  const behind = argv.slice(wordIndex + 1);
  if (behind.length === 0 || !/^[\w./-]+$/.test(text)) return undefined;
  return {
    code: "words-behind-text",
    word: text,
    instead: withWords(argv.slice(0, wordIndex), text, behind),
  };
}

function isPlainSleep(text: string, { min, max }: Part["seconds"], parts: readonly RawPart[]): boolean {
  return (
    min === max &&
    parts.length === 1 &&
    max > 0 &&
    /^(exec\s+)?(\S*\/)?sleep\s+[\d.]+[smhd]?\s*;?$/.test(text.trim())
  );
}

/** The shell text of `sh -c TEXT`; for any other command, all words of the command line. */
function labelOf(argv: readonly unknown[]): string {
  const words = argv.slice(0, MOST_WORDS).filter((word): word is string => typeof word === "string");
  const call = readShellCall(words);
  const text = call?.script.kind === "text" ? call.script.text : words.join(" ");
  return oneLine(text) || "an empty command";
}
