import { CANNOT_TELL, type Interval, knownSeconds, NO_TIME } from "../interval.ts";
import type { FailureCode } from "../reason.ts";
import type { Program, ProgramResult } from "./program.ts";

/** Words of a command line; undefined for a word that is not known. */
export type Words = readonly (string | undefined)[];

/** The program takes no time; its exit status is not known. */
export const AT_ONCE: ProgramResult = {
  seconds: NO_TIME,
  because: "returns at once",
  status: "unknown",
  mayStopMain: false,
};

/** The program returns at once and succeeds. */
export const SUCCEEDS: ProgramResult = { ...AT_ONCE, status: "success", output: "" };

/** The program fails at once because of its arguments. */
export function fails(code: FailureCode, word?: string): ProgramResult {
  const failure = { code, word };
  return { seconds: NO_TIME, because: "fails", failure, status: "failure", mayStopMain: false, output: "" };
}

/** The program takes an unknown time. */
export function unknown(because: string, mayStopMain = false): ProgramResult {
  return within(CANNOT_TELL, because, mayStopMain);
}

/** The program ends within these bounds. */
export function within(seconds: Interval, because: string, mayStopMain = false): ProgramResult {
  return { seconds, because, runs: undefined, failure: undefined, status: "unknown", mayStopMain };
}

/** The expected value of `leaves`, in seconds: `known.leaves` if it is set. */
export function knownLeaves({ known, leaves = NO_TIME }: ProgramResult): number {
  return known?.leaves ?? knownSeconds(leaves);
}

/** One entry of the table of programs. */
export function program(
  name: string,
  source: string,
  summary: string,
  read: Program["read"],
): readonly [string, Program] {
  return [name, { name, source, summary, read }];
}

/** The same table entry for several program names. */
export function programs(
  names: readonly string[],
  source: string,
  summary: string,
  read: Program["read"],
): (readonly [string, Program])[] {
  return names.map((name) => program(name, source, summary, read));
}

interface WithoutLimit {
  readonly because?: string;
  readonly stopping: RegExp;
  readonly summary?: string;
}

/**
 * Entries for programs that take an unknown time. A program may stop the main process if a word of its command line
 * matches `stopping` or is not known.
 */
export function withoutLimit(
  names: readonly string[],
  source: string,
  { because = "has no time limit", stopping, summary = "not known" }: WithoutLimit,
): (readonly [string, Program])[] {
  return programs(names, source, summary, (words) => unknown(because, mayHold(words, stopping)));
}

/** Whether a word matches the pattern, or is not known. */
export function mayHold(words: Words, pattern: RegExp): boolean {
  return words.some((word) => word === undefined || pattern.test(word));
}

/** Options and operands of a command line, for programs that read them in any order (GNU getopt). */
export interface Parsed {
  readonly options: ReadonlyMap<string, string | true>;
  /** All options in their order, with repetitions; the value is undefined for an unknown word. */
  readonly given: readonly Given[];
  readonly operands: Words;
}

type Given = readonly [name: string, value: string | true | undefined];

/**
 * Splits words into options and operands. `valued` holds the options that take a value (`-m`, `--max-time`), `flags`
 * the long options without a value. Any other long option makes the result undefined: getopt_long(3) accepts prefixes,
 * so the option may stand for a longer one. With `stopAtOperand`, the result is also undefined for an unknown word
 * before the first operand.
 */
export function parseOptions(
  words: Words,
  valued: ReadonlySet<string>,
  stopAtOperand = false,
  flags: ReadonlySet<string> = NO_FLAGS,
): Parsed | undefined {
  const given: Given[] = [];
  const operands: (string | undefined)[] = [];
  const known = { valued, flags };
  let at = 0;
  while (at < words.length) {
    const word = words[at];
    if (word === undefined && stopAtOperand) return undefined;
    if (word === "--") return parsed(given, [...operands, ...words.slice(at + 1)]);
    if (word !== undefined && /^-./.test(word)) {
      const last = oneOption(words, at, known, given);
      if (last === undefined) return undefined;
      at = last;
    } else if (stopAtOperand) return parsed(given, words.slice(at));
    else operands.push(word);
    at += 1;
  }
  return parsed(given, operands);
}

/** In `options` an option has the position and value of its last occurrence. */
function parsed(given: readonly Given[], operands: Words): Parsed {
  const options = new Map<string, string | true>();
  for (const [name, value] of given) {
    options.delete(name);
    options.set(name, value ?? "");
  }
  return { options, given, operands };
}

/** The maximum number of option letters in one word; a word with more letters is not analysed. */
const MOST_LETTERS = 64;

/**
 * `-abc VALUE`: reads the letters up to the first option with a value. Returns the index of the last word used;
 * undefined if not known.
 */
function shortOptions(
  words: Words,
  at: number,
  valued: ReadonlySet<string>,
  given: Given[],
): number | undefined {
  const word = words[at] as string;
  for (let j = 1; j < word.length; j++) {
    if (j > MOST_LETTERS) return undefined;
    const name = `-${word[j]}`;
    if (!valued.has(name)) {
      given.push([name, true]);
      continue;
    }
    const rest = word.slice(j + 1);
    given.push([name, rest !== "" ? rest : valueAt(words, at + 1)]);
    return rest !== "" ? at : at + 1;
  }
  return at;
}

interface KnownOptions {
  readonly valued: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
}

/** Returns the index of the last word used; undefined if it is not known. */
function oneOption(words: Words, at: number, known: KnownOptions, given: Given[]): number | undefined {
  return words[at]?.startsWith("--") === true
    ? longOption(words, at, known, given)
    : shortOptions(words, at, known.valued, given);
}

/**
 * `--name=VALUE`, `--name VALUE` or `--flag`. Returns the index of the last word used; undefined if it is not known.
 */
function longOption(words: Words, at: number, known: KnownOptions, given: Given[]): number | undefined {
  const [name, value] = splitOnce(words[at] as string, "=");
  if (known.valued.has(name)) {
    given.push([name, value ?? valueAt(words, at + 1)]);
    return value === undefined ? at + 1 : at;
  }
  if (value !== undefined || !known.flags.has(name)) return undefined;
  given.push([name, true]);
  return at;
}

const NO_FLAGS: ReadonlySet<string> = new Set();

/** The value of an option; empty if the command line ends before the value. */
function valueAt(words: Words, at: number): string | undefined {
  return at < words.length ? words[at] : "";
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Whether the words could be parsed, and have only these options. */
export function hasOnly(parsed: Parsed | undefined, options: RegExp): parsed is Parsed {
  return parsed !== undefined && [...parsed.options.keys()].every((name) => options.test(name));
}

/** The value of the last option with one of these names: a later option replaces an earlier option. */
export function optionValue(parsed: Parsed, ...names: readonly string[]): string | true | undefined {
  let last: string | true | undefined;
  for (const [name, value] of parsed.options) if (names.includes(name)) last = value;
  return last;
}

/** A plain number of seconds, not negative. */
export function seconds(text: string | true | undefined): number | undefined {
  return typeof text === "string" && /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
