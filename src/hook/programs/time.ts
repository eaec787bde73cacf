/** The programs sleep and timeout. */

import { between, either, exactly, type Interval, NO_TIME } from "../interval.ts";
import type { RawFailure } from "../reason.ts";
import { readDuration } from "./duration.ts";
import type { Program, ProgramCall, ProgramResult } from "./program.ts";
import { AT_ONCE, fails, program, unknown, type Words } from "./program-result.ts";
import { neverSuspends } from "./signals.ts";

export const TIME_PROGRAMS: readonly (readonly [string, Program])[] = [
  [
    "sleep",
    {
      name: "sleep",
      source: "sleep(1), GNU coreutils 9.5; busybox 1.36 coreutils/sleep.c",
      summary:
        "the sum of its operands, with the suffixes s, m, h and d; 0 s if it refuses an operand; a range if GNU and busybox differ",
      read: readSleep,
      growsWithNumbers: true,
    },
  ],
  program(
    "usleep",
    "usleep(1), busybox 1.36 coreutils/usleep.c",
    "its operand in microseconds",
    ([operand]) =>
      operand === undefined
        ? unknown("waits for an unknown time")
        : /^\d{1,15}$/.test(operand)
          ? wait(Number(operand) / 1e6)
          : fails("bad-number", operand),
  ),
  program(
    "timeout",
    "timeout(1), GNU coreutils 9.5; busybox 1.36 coreutils/timeout.c; busybox before 1.30 took `-t SECS`",
    "as long as its command, but at most the limit, plus `-k` if the command may survive the first signal",
    readTimeout,
  ),
];

function wait(secondsToWait: number): ProgramResult {
  const time = exactly(Math.round(secondsToWait * 1e9) / 1e9);
  return {
    seconds: time,
    because: time.max === Number.POSITIVE_INFINITY ? "never ends" : `takes ${time.min} s`,
    status: "success",
    mayStopMain: false,
    output: "",
  };
}

function readSleep(words: Words): ProgramResult {
  if (words.length === 0) return fails("no-duration");
  if (words.some((word) => word === undefined)) return unknown("sleeps for an unknown time");
  const operands = words as readonly string[];
  if (operands.some((word) => word === "--help" || word === "--version")) return AT_ONCE;
  const ends = operands[0] === "--";
  const durations = (ends ? operands.slice(1) : operands).map(readDuration);
  const refused = operands.find((word, i) => !(i === 0 && ends) && readDuration(word).gnu === undefined);
  const gnu = sum(durations.map((each) => each.gnu));
  const busybox = ends ? undefined : sum(durations.map((each) => each.busybox));
  if (gnu === undefined && busybox === undefined)
    return refused === undefined ? fails("no-duration") : fails("bad-duration", refused);
  if (gnu === busybox) return wait(gnu as number);
  const longest = wait(Math.max(gnu ?? 0, busybox ?? 0));
  const time: Interval =
    gnu === undefined || busybox === undefined
      ? { min: 0, max: longest.seconds.max }
      : either(wait(gnu).seconds, wait(busybox).seconds);
  return {
    ...longest,
    seconds: time,
    status: "unknown",
    because: "has a duration that only some implementations of sleep accept",
  };
}

function sum(numbers: readonly (number | undefined)[]): number | undefined {
  let total = 0;
  for (const number of numbers) {
    if (number === undefined) return undefined;
    total += number;
  }
  return numbers.length === 0 ? undefined : total;
}

interface Limit {
  readonly seconds: Interval;
  readonly killAfter: Interval | undefined;
  readonly signal: string;
  /** True if GNU timeout or busybox timeout fails at once on these words. */
  readonly mayFail: boolean;
  /** True if only the program gets the signal, not its children. */
  readonly foreground: boolean;
  readonly command: Words;
}

function readTimeout(words: Words, call: ProgramCall): ProgramResult {
  const limit = readLimit(words);
  if (limit === undefined) return unknown("has an unknown limit", true);
  if ("code" in limit) return fails(limit.code, limit.word);
  return limited(call.command(limit.command), limit, call);
}

/** The options of timeout. `old`: the limit in the old syntax of busybox, `-t SECS`. */
interface LimitOptions extends Pick<Limit, "signal" | "killAfter" | "mayFail" | "foreground"> {
  readonly old: Interval | undefined;
}

const NO_OPTIONS: LimitOptions = {
  signal: "TERM",
  killAfter: undefined,
  mayFail: false,
  foreground: false,
  old: undefined,
};

/**
 * The time limit and the command that it limits, or why the words are invalid; undefined if the words are not known.
 */
function readLimit(words: Words): Limit | RawFailure | undefined {
  let options = NO_OPTIONS;
  let used = 0;
  while (used < words.length) {
    const word = words[used];
    if (word === undefined) return undefined;
    if (word === "--") {
      used += 1;
      break;
    }
    if (!/^-./.test(word)) break;
    const read = readOption(word, words.slice(used + 1, used + 2), options);
    if (read === undefined || "code" in read) return read;
    ({ options } = read);
    used += read.used;
  }
  return limitOf(words.slice(used), options);
}

interface OptionRead {
  readonly options: LimitOptions;
  /** The number of words that the option and its value use. */
  readonly used: number;
}

function readOption(
  word: string,
  following: Words,
  options: LimitOptions,
): OptionRead | RawFailure | undefined {
  const option = /^(-k|-s|-t|--kill-after|--signal)(?:=(.*)|(?<=-[kst])(.+))?$/s.exec(word);
  if (option === null) return readFlag(word, options);
  const [, name, afterEquals, attached = afterEquals] = option;
  const value = attached ?? following[0];
  if (value === undefined) return following.length === 0 ? { code: "no-option-value" } : undefined;
  const used = attached === undefined ? 2 : 1;
  if (name === "-s" || name === "--signal") {
    // Any other signal name may be invalid for GNU timeout or for busybox timeout.
    const known = /^(SIG)?(TERM|INT|HUP|QUIT|KILL|USR1|USR2|15|2|1|3|9|10|12)$/.test(value);
    const signal = value.replace(/^SIG/i, "").toUpperCase();
    return { options: { ...options, signal, mayFail: options.mayFail || !known }, used };
  }
  const time = durationOf(value);
  if (time === undefined) return { code: "bad-duration", word: value };
  const mayFail = options.mayFail || time.mayFail || name === "-t";
  const limit = name === "-t" ? { old: time.seconds } : { killAfter: time.seconds };
  return { options: { ...options, mayFail, ...limit }, used };
}

function readFlag(word: string, options: LimitOptions): OptionRead | RawFailure | undefined {
  if (/^(--preserve-status|--foreground|--verbose|-[pfv]+)$/.test(word)) {
    const mayFail = options.mayFail || !word.startsWith("--p");
    const foreground = options.foreground || /^(--f|-\w*f)/.test(word);
    return { options: { ...options, mayFail, foreground }, used: 1 };
  }
  // getopt_long(3) accepts a prefix of an option; busybox does not.
  return word.startsWith("--") ? undefined : { code: "unknown-option", word };
}

function limitOf(rest: Words, { old, ...options }: LimitOptions): Limit | RawFailure | undefined {
  const [operand, ...command] = rest;
  if (old !== undefined)
    return rest.length === 0 ? { code: "no-command" } : { ...options, seconds: old, command: rest };
  if (rest.length === 0) return { code: "no-duration" };
  if (operand === undefined) return undefined;
  const time = durationOf(operand);
  if (time === undefined) return { code: "bad-duration", word: operand };
  if (command.length === 0) return { code: "no-command" };
  return { ...options, seconds: time.seconds, mayFail: options.mayFail || time.mayFail, command };
}

function durationOf(operand: string): { readonly seconds: Interval; readonly mayFail: boolean } | undefined {
  const { gnu, busybox } = readDuration(operand);
  const known = [gnu, busybox].filter((each): each is number => each !== undefined);
  if (known.length === 0) return undefined;
  // For GNU timeout, 0 means no limit. With 0, busybox timeout ends the command at once.
  const limits = known.map((each) => (each === 0 ? Number.POSITIVE_INFINITY : each));
  const least = known.includes(0) ? 0 : Math.min(...limits);
  return { seconds: { min: least, max: Math.max(...limits) }, mayFail: known.length < 2 };
}

/** Signals that end a program that does not handle them. */
const ENDING = /^(TERM|INT|HUP|QUIT|KILL|15|2|1|3|9)$/;
/** Signals that background jobs and their programs ignore, if the shell has no job control (POSIX 2.11). */
const IGNORED_IN_BACKGROUND = /^(INT|QUIT|2|3)$/;

function limited(command: ProgramResult, limit: Limit, call: ProgramCall): ProgramResult {
  const { readsInput, waitsForInput = Number.POSITIVE_INFINITY } = command;
  const wait = readsInput === undefined ? 0 : Math.min(call.inputDelay, waitsForInput);
  const last = command.seconds.max + wait;
  const cut = last >= limit.seconds.min;
  const time = limitedTime(command, last, limit, call);
  // The limit covers the command and its wait for input. The caller, which knows the input, adds the wait for input.
  const own =
    readsInput === undefined ? time : { min: time.min, max: Math.min(command.seconds.max, time.max) };
  const sure = !cut && !limit.mayFail;
  const longest = Math.min(command.seconds.max, limit.seconds.max);
  return {
    ...command,
    leaves: leftBehind(command, last, limit, time),
    seconds: limit.mayFail ? either(NO_TIME, own) : own,
    known: longest < Number.POSITIVE_INFINITY ? { seconds: longest } : command.known,
    ...(cut && { because: limitText(time, limit), runs: undefined, failure: undefined }),
    ...(readsInput !== undefined && {
      readsInput: cut ? "some" : readsInput,
      waitsForInput: own.max === time.max ? 0 : time.max - own.max,
    }),
    status: statusOf(command, last, limit),
    exitStatus: sure ? command.exitStatus : undefined,
    output: sure ? command.output : undefined,
    handlesSignals: false,
    assumes: [...(command.assumes ?? []), ...(cut ? (["timeout-ends-program"] as const) : [])],
  };
}

/** Whether the signal that timeout sends ends the command. */
function endsBySignal(command: ProgramResult, signal: string, call: ProgramCall): boolean {
  if (isKill(signal)) return true;
  if (command.handlesSignals === true || call.ignoresSignals) return false;
  return ENDING.test(signal) && !(call.background && IGNORED_IN_BACKGROUND.test(signal));
}

function isKill(signal: string): boolean {
  return /^(KILL|9)$/.test(signal);
}

/**
 * How long the command takes under its limit, if timeout accepts the words. `last` is the longest time of the command
 * without a limit.
 */
function limitedTime(command: ProgramResult, last: number, limit: Limit, call: ProgramCall): Interval {
  const { seconds, signal, killAfter } = limit;
  const ends = endsBySignal(command, signal, call);
  const known = command.seconds.min === command.seconds.max || command.seconds.min > seconds.max;
  // A program without signal handlers ends on the first signal; any other program may run until the second signal.
  const endsAtOnce = isKill(signal) || (ends && (known || killAfter === undefined));
  const grace = endsAtOnce ? 0 : (killAfter?.max ?? Number.POSITIVE_INFINITY);
  // A signal such as STOP suspends the program, and perhaps timeout itself, for an unknown time.
  const stopped = last >= seconds.min && !neverSuspends(signal);
  return between(
    limit.mayFail ? 0 : Math.min(command.seconds.min, seconds.min),
    stopped ? Number.POSITIVE_INFINITY : Math.min(last, seconds.max + grace),
  );
}

/**
 * How long programs of a shell may run after timeout has ended the shell. busybox timeout, and GNU timeout with
 * `--foreground`, signal only the shell. Without `--foreground`, a program of unknown time is assumed to end with its
 * shell (`timeout-ends-program`).
 */
function leftBehind(
  command: ProgramResult,
  last: number,
  limit: Limit,
  time: Interval,
): Interval | undefined {
  const { leaves, outlives } = command;
  const asked = limit.foreground && last === Number.POSITIVE_INFINITY;
  const cut = last >= limit.seconds.min;
  if (!cut || outlives === undefined || (outlives === 0 && !asked)) return leaves;
  const max = asked ? last : Math.min(last, time.max + outlives);
  return { min: 0, max: Math.max(max, leaves?.max ?? 0) };
}

function limitText(time: Interval, limit: Limit): string {
  const limitSeconds = limit.seconds.max;
  if (time.max === Number.POSITIVE_INFINITY) return "has no limit that surely ends the command";
  return time.max > limitSeconds
    ? `is ended after ${limitSeconds} s, and killed at ${time.max} s`
    : `is ended after ${time.max} s at the latest`;
}

function statusOf(command: ProgramResult, last: number, limit: Limit): ProgramResult["status"] {
  if (limit.mayFail) return command.status === "failure" ? "failure" : "unknown";
  if (last < limit.seconds.min) return command.status;
  return command.seconds.min > limit.seconds.max ? "failure" : "unknown";
}
