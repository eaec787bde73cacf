/** An exec hook: argv to reading. A shell's text is followed, a known program is looked up, all else is not known. */

import { chargeText } from "../budget.ts";
import { between, type Interval, isKnown, NO_TIME } from "../interval.ts";
import type { ProgramReading } from "../programs/program.ts";
import type { Surroundings } from "../read-handler.ts";
import type { Assumption, CannotRun, HookReading, Part } from "../reading.ts";
import type { HookState } from "../shell/analysis.ts";
import { isUsualPath } from "../shell/domain/variables.ts";
import { readProgram } from "../shell/eval/program.ts";
import { readShellScript, type ScriptReading, type Setting } from "../shell/script.ts";
import { cannotRunArgv, type Refusal } from "./cannot-run.ts";
import { baseName, LONGEST_WORD, readShellCall } from "./shell-invocation.ts";

/** argv longer than this is not a hook either; the runtime would refuse most of it. */
const MOST_WORDS = 2000;
const LONGEST_LABEL = 60;

/** Reads an exec hook; never throws. `argv` comes from an object that may not be validated yet. */
export function readExec(argv: readonly unknown[], around: Surroundings): HookReading {
  const label = labelOf(argv);
  if (argv.length > MOST_WORDS || argv.some((word) => typeof word !== "string")) {
    return cannotTell(label, "the command is no list of words that can be read");
  }
  const words = argv as readonly string[];
  if (!chargeText(around.budget, words.join("")))
    return cannotTell(label, "the command is too long to be read");
  if (words.some((word) => word.length > LONGEST_WORD))
    return cannotTell(label, `the command has a word of more than ${LONGEST_WORD} characters`);
  try {
    return readWords(words, label, around);
  } catch {
    // Only text that nests deeper than the stack comes here.
    return cannotTell(label, "the command is nested too deeply to be read");
  }
}

/** A name of the environment that makes programs other ones: PATH, and functions that bash imports (bash(1) "FUNCTIONS"). */
function oddEnvironment(env: ReadonlyMap<string, string>): string | undefined {
  const path = env.get("PATH");
  if (path !== undefined && !isUsualPath(path)) return "PATH";
  for (const name of env.keys()) if (name.startsWith("BASH_FUNC_")) return name;
  return undefined;
}

function readWords(argv: readonly string[], label: string, around: Surroundings): HookReading {
  const odd = oddEnvironment(around.env);
  if (odd !== undefined)
    return cannotTell(label, `${odd} of the environment changes which programs there are`);
  const refusal = cannotRunArgv(argv);
  if (refusal !== undefined) return neverRuns(label, refusal);
  const hook: HookState = { budget: around.budget, depth: 0, assumptions: new Set(), pipesMayBe: false };
  const setting: Setting = {
    env: around.env,
    programs: around.programs,
    hook,
    wordsVary: false,
    background: false,
    ignoresSignals: false,
  };
  const call = readShellCall(argv);
  if (call?.script.kind === "text") {
    const { text, args, wordIndex } = call.script;
    const reading = ofScript(label, readShellScript(call, text, args, setting), text, hook);
    return suggestOneText(reading, argv, wordIndex);
  }
  return ofProgram(argv, label, readProgram(argv, setting), hook);
}

/** `sh -c sleep 10`: the words behind the text are not part of it. What was meant is plain where the text asks for none. */
function suggestOneText(reading: HookReading, argv: readonly string[], wordIndex: number): HookReading {
  const { cannotRun } = reading;
  const text = argv[wordIndex] ?? "";
  const rest = argv.slice(wordIndex + 1);
  if (cannotRun === undefined || rest.length === 0 || !/^[\w./-]+$/.test(text)) return reading;
  const because = `the text of -c is only "${text}": the words behind it are not part of it`;
  return {
    ...reading,
    cannotRun: { because, instead: [...argv.slice(0, wordIndex), [text, ...rest].join(" ")] },
  };
}

function neverRuns(label: string, refusal: Refusal): HookReading {
  const { because } = refusal.cannotRun;
  return {
    seconds: NO_TIME,
    why: { min: because, max: because },
    parts: [{ text: label, offset: 0, seconds: NO_TIME, because }],
    cannotRun: refusal.cannotRun,
    assumptions: [],
    plainSleep: false,
    stopsAppAfter: undefined,
    label,
  };
}

function cannotTell(label: string, because: string): HookReading {
  const seconds = between(0, Number.POSITIVE_INFINITY);
  return {
    seconds,
    why: { min: because, max: because },
    parts: [{ text: label, offset: 0, seconds, because }],
    cannotRun: undefined,
    assumptions: [],
    plainSleep: false,
    stopsAppAfter: undefined,
    label,
  };
}

function ofProgram(
  argv: readonly string[],
  label: string,
  reading: ProgramReading,
  hook: HookState,
): HookReading {
  const max = Math.max(reading.seconds.max, reading.leaves?.max ?? 0);
  const seconds = between(reading.seconds.min, max);
  const name = baseName(argv[0] ?? "");
  const text = argv.join(" ");
  const because = `${label} ${reading.because}`;
  const cannotRun: CannotRun | undefined =
    name === "sleep" && reading.status === "failure"
      ? { because: reading.because.replace(/^fails: /, "sleep fails: "), instead: undefined }
      : undefined;
  return {
    seconds,
    why: { min: because, max: because },
    parts: [{ text, offset: 0, seconds, because: reading.because }],
    cannotRun,
    assumptions: assumptionsOf(
      hook,
      ["programs-as-documented", ...(reading.assumes ?? [])],
      reading.mayStopMain || max > 0,
    ),
    plainSleep: name === "sleep" && reading.status === "success" && isKnown(seconds),
    stopsAppAfter: reading.stopsMainAfter ?? (reading.mayStopMain ? 0 : undefined),
    label,
  };
}

/** That the main process runs on matters to every hook that takes time: with it, the hook ends too. */
function assumptionsOf(
  hook: HookState,
  more: readonly Assumption[],
  takesTime: boolean,
): readonly Assumption[] {
  const all = new Set<Assumption>([...more, ...hook.assumptions]);
  if (takesTime) all.add("main-process-runs-on");
  return [...all];
}

function ofScript(label: string, reading: ScriptReading, text: string, hook: HookState): HookReading {
  const seconds: Interval = between(reading.seconds.min, Math.max(reading.seconds.max, reading.outputOpen));
  const parts = reading.parts.length > 0 ? reading.parts : [wholePart(text, seconds, reading)];
  return {
    seconds,
    why: whyOf(reading, seconds, parts),
    parts,
    cannotRun:
      badSleep(parts) ??
      (reading.invalid === undefined
        ? undefined
        : { because: `the text ${reading.invalid.because}`, instead: undefined }),
    assumptions: assumptionsOf(hook, [], seconds.max > 0),
    plainSleep: isPlainSleep(text, seconds, parts),
    stopsAppAfter: reading.stopsMainAfter,
    label,
  };
}

function wholePart(text: string, seconds: Interval, reading: ScriptReading): Part {
  return {
    text: text.trim().slice(0, LONGEST_LABEL),
    offset: 0,
    seconds,
    because: reading.maxBecause ?? reading.minBecause ?? "runs nothing that takes time",
  };
}

function whyOf(reading: ScriptReading, seconds: Interval, parts: readonly Part[]): HookReading["why"] {
  const held = seconds.max > reading.seconds.max;
  const least = held ? "the shell does not wait for what it leaves in the background" : clauses(parts, "min");
  const most = held ? "a process left in the background may keep the output open" : clauses(parts, "max");
  return { min: reading.minBecause ?? least, max: reading.maxBecause ?? most };
}

const MOST_CLAUSES = 4;

/** The commands that a bound comes from, each with what it takes. */
function clauses(parts: readonly Part[], bound: "min" | "max"): string {
  const counted =
    parts.length === 1 && bound === "max" ? parts : parts.filter((part) => part.seconds[bound] > 0);
  if (counted.length === 0)
    return bound === "min" ? "nothing in it surely takes time" : "nothing in it takes time";
  const said = counted.slice(0, MOST_CLAUSES).map((part) => `${oneLine(part.text)} ${part.because}`);
  return said.join(", ") + (counted.length > MOST_CLAUSES ? " and more" : "");
}

/** A sleep that its program refuses is a hook that was meant otherwise, if nothing else takes time. */
function badSleep(parts: readonly Part[]): CannotRun | undefined {
  const [only] = parts;
  if (
    parts.length !== 1 ||
    only === undefined ||
    !/^(\S*\/)?sleep\b/.test(only.text) ||
    !only.because.startsWith("fails")
  )
    return undefined;
  return { because: only.because.replace(/^fails: /, "sleep fails: "), instead: undefined };
}

function isPlainSleep(text: string, seconds: Interval, parts: readonly Part[]): boolean {
  return (
    seconds.min === seconds.max &&
    parts.length === 1 &&
    seconds.max > 0 &&
    /^(exec\s+)?(\S*\/)?sleep\s+[\d.]+[smhd]?\s*;?$/.test(text.trim())
  );
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 3)}...` : line;
}

/** The text of a shell call, else the words. */
function labelOf(argv: readonly unknown[]): string {
  const words = argv.slice(0, MOST_WORDS).filter((word): word is string => typeof word === "string");
  const call = readShellCall(words);
  const text = call?.script.kind === "text" ? call.script.text : words.join(" ");
  return oneLine(text.slice(0, 4 * LONGEST_LABEL)) || "an empty command";
}
