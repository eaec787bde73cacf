/** Programs that are about time itself: sleep and timeout. */

import { between, either, exactly, type Interval, NO_TIME } from "../interval.ts";
import type { RawFailure } from "../reason.ts";
import { readDuration } from "./duration.ts";
import type { Program, ProgramCall, ProgramReading } from "./program.ts";
import { AT_ONCE, fails, program, unknown, type Words } from "./program-result.ts";
import { stopsNobody } from "./signals.ts";

export const TIME_PROGRAMS: readonly (readonly [string, Program])[] = [
  [
    "sleep",
    {
      name: "sleep",
      source: "sleep(1), GNU coreutils 9.5; busybox 1.36 coreutils/sleep.c",
      summary:
        "the sum of its operands, with suffixes s m h d; 0 s where an operand is refused; where the families differ, both",
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
        ? unknown("waits for a time that is not known")
        : /^\d{1,15}$/.test(operand)
          ? wait(Number(operand) / 1e6)
          : fails("bad-number", operand),
  ),
  [
    "timeout",
    {
      name: "timeout",
      source:
        "timeout(1), GNU coreutils 9.5; busybox 1.36 coreutils/timeout.c; busybox before 1.30 took `-t SECS`",
      summary:
        "as long as its command, at most the limit, plus `-k` where the command may survive the first signal",
      read: readTimeout,
    },
  ],
];

function wait(secondsToWait: number): ProgramReading {
  const time = exactly(Math.round(secondsToWait * 1e9) / 1e9);
  return {
    seconds: time,
    because: time.max === Number.POSITIVE_INFINITY ? "never ends" : `takes ${time.min} s`,
    status: "success",
    mayStopMain: false,
    output: "",
  };
}

function readSleep(words: Words): ProgramReading {
  if (words.length === 0) return fails("no-duration");
  if (words.some((word) => word === undefined)) return unknown("sleeps for a time that is not known");
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
    because: "takes a time that only some families of sleep understand",
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
  /** Some family refuses these words and fails at once. */
  readonly mayFail: boolean;
  /** Only the program itself gets the signal, not what it started. */
  readonly foreground: boolean;
  readonly command: Words;
}

function readTimeout(words: Words, call: ProgramCall): ProgramReading {
  const limit = readLimit(words);
  if (limit === undefined) return unknown("has a limit that is not known", true);
  if ("code" in limit) return fails(limit.code, limit.word);
  return limited(call.command(limit.command), limit, call);
}

/** The limit and what it limits, or why these words are refused; undefined where the words are not known. */
function readLimit(words: Words): Limit | RawFailure | undefined {
  let signal = "TERM";
  let killAfter: Interval | undefined;
  let mayFail = false;
  let foreground = false;
  let old: Interval | undefined;
  let i = 0;
  for (; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) return undefined;
    const option = /^(-k|-s|-t|--kill-after|--signal)(?:=(.*)|(?<=-[kst])(.+))?$/s.exec(word);
    if (option !== null) {
      const value = option[2] ?? option[3] ?? words[++i];
      if (value === undefined) return i >= words.length ? { code: "no-option-value" } : undefined;
      if (option[1] === "-s" || option[1] === "--signal") {
        signal = value.replace(/^SIG/i, "").toUpperCase();
        // A name that is not known is refused, by one family or all of them.
        mayFail ||= !/^(SIG)?(TERM|INT|HUP|QUIT|KILL|USR1|USR2|15|2|1|3|9|10|12)$/.test(value);
      } else {
        const time = durationOf(value);
        if (time === undefined) return { code: "bad-duration", word: value };
        mayFail ||= time.mayFail || option[1] === "-t";
        if (option[1] === "-t") old = time.seconds;
        else killAfter = time.seconds;
      }
    } else if (/^(--preserve-status|--foreground|--verbose|-[pfv]+)$/.test(word)) {
      mayFail ||= !word.startsWith("--p");
      foreground ||= /^(--f|-\w*f)/.test(word);
    }
    // getopt_long(3) takes the beginning of an option for it; busybox refuses it.
    else if (/^--./.test(word)) return undefined;
    else if (word === "--") {
      i += 1;
      break;
    } else if (/^-./.test(word)) return { code: "unknown-option", word };
    else break;
  }
  return finished(words.slice(i), { signal, killAfter, mayFail, foreground }, old);
}

function finished(
  rest: Words,
  parts: Pick<Limit, "signal" | "killAfter" | "mayFail" | "foreground">,
  old: Interval | undefined,
): Limit | RawFailure | undefined {
  const [operand, ...command] = rest;
  if (old !== undefined)
    return rest.length === 0 ? { code: "no-command" } : { ...parts, seconds: old, command: rest };
  if (rest.length === 0) return { code: "no-duration" };
  if (operand === undefined) return undefined;
  const time = durationOf(operand);
  if (time === undefined) return { code: "bad-duration", word: operand };
  if (command.length === 0) return { code: "no-command" };
  return { ...parts, seconds: time.seconds, mayFail: parts.mayFail || time.mayFail, command };
}

function durationOf(operand: string): { readonly seconds: Interval; readonly mayFail: boolean } | undefined {
  const { gnu, busybox } = readDuration(operand);
  const known = [gnu, busybox].filter((each): each is number => each !== undefined);
  if (known.length === 0) return undefined;
  // GNU: 0 is no limit. busybox: 0 is over at once.
  const limits = known.map((each) => (each === 0 ? Number.POSITIVE_INFINITY : each));
  const least = known.includes(0) ? 0 : Math.min(...limits);
  return { seconds: { min: least, max: Math.max(...limits) }, mayFail: known.length < 2 };
}

/** Signals that end a program which does nothing about them. */
const ENDING = /^(TERM|INT|HUP|QUIT|KILL|15|2|1|3|9)$/;
/** Ignored in background jobs of a shell without job control (POSIX 2.11), and so by what they run. */
const IGNORED_IN_BACKGROUND = /^(INT|QUIT|2|3)$/;

function limited(command: ProgramReading, limit: Limit, call: ProgramCall): ProgramReading {
  const { seconds, signal } = limit;
  const kill = /^(KILL|9)$/.test(signal);
  const ends =
    kill ||
    (ENDING.test(signal) &&
      command.handlesSignals !== true &&
      !call.ignoresSignals &&
      !(call.background && IGNORED_IN_BACKGROUND.test(signal)));
  const known = command.seconds.min === command.seconds.max || command.seconds.min > seconds.max;
  const grace = limit.killAfter?.max ?? (ends ? 0 : Number.POSITIVE_INFINITY);
  // A program that is known to do nothing about signals ends with the first; others may take until the second.
  const last = seconds.max + (kill || (ends && (known || limit.killAfter === undefined)) ? 0 : grace);
  const cut = command.seconds.max >= seconds.min;
  // A stopped program goes on when it is woken, and timeout may have stopped itself along with it.
  const stopped = cut && !stopsNobody(signal);
  const time = between(
    limit.mayFail ? 0 : Math.min(command.seconds.min, seconds.min),
    stopped ? Number.POSITIVE_INFINITY : Math.min(command.seconds.max, last),
  );
  return {
    ...command,
    leaves: leftBehind(command, limit, cut, time),
    seconds: limit.mayFail ? either(NO_TIME, time) : time,
    ...(cut && { because: limitText(time, limit), runs: undefined, failure: undefined }),
    status: statusOf(command, limit),
    exitStatus: cut || limit.mayFail ? undefined : command.exitStatus,
    output: cut || limit.mayFail ? undefined : command.output,
    handlesSignals: false,
    assumes: [...(command.assumes ?? []), ...(cut ? (["timeout-ends-program"] as const) : [])],
  };
}

/**
 * What a shell that was ended leaves running: busybox timeout, and GNU's with `--foreground`, signal the shell alone. What
 * takes a time that is not known is taken to end as well (`timeout-ends-program`), but not where that was asked for.
 */
function leftBehind(
  command: ProgramReading,
  limit: Limit,
  cut: boolean,
  time: Interval,
): Interval | undefined {
  const { leaves, outlives } = command;
  const asked = limit.foreground && command.seconds.max === Number.POSITIVE_INFINITY;
  if (!cut || outlives === undefined || (outlives === 0 && !asked)) return leaves;
  const max = asked ? command.seconds.max : Math.min(command.seconds.max, time.max + outlives);
  return { min: 0, max: Math.max(max, leaves?.max ?? 0) };
}

function limitText(time: Interval, limit: Limit): string {
  const limitSeconds = limit.seconds.max;
  if (time.max === Number.POSITIVE_INFINITY) return "has no limit that surely ends it";
  return time.max > limitSeconds
    ? `is ended after ${limitSeconds} s, and killed at ${time.max} s`
    : `is ended after ${time.max} s at the latest`;
}

function statusOf(command: ProgramReading, limit: Limit): ProgramReading["status"] {
  if (limit.mayFail) return command.status === "failure" ? "failure" : "unknown";
  if (command.seconds.max < limit.seconds.min) return command.status;
  return command.seconds.min > limit.seconds.max ? "failure" : "unknown";
}
