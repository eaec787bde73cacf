import type { Interval } from "./interval.ts";

/**
 * A word or command that the user wrote. Only literal text of the hook may be printed. The result of an expansion may
 * be the value of a variable, and so a secret.
 */
export type Quoted = { readonly from: "hook"; readonly text: string } | { readonly from: "expansion" };

/** Why a program rejects its arguments and fails at once. */
export type FailureCode =
  | "bad-duration"
  | "no-duration"
  | "bad-number"
  | "no-option-value"
  | "unknown-option"
  | "no-command"
  | "no-text"
  | "line-end-in-name";

export interface Failure<Word = Quoted> {
  readonly code: FailureCode;
  /** The invalid word. */
  readonly word?: Word | undefined;
}

/** Why a command takes its time. */
export interface Reason<Word = Quoted> {
  /** The command that takes the time. */
  readonly command?: Word | undefined;
  /** A command that `command` runs; if set, the clause is about this inner command. */
  readonly runs?: Word | undefined;
  /**
   * The reason without a capital or a full stop: `returns at once`. The clause never contains text that the user wrote.
   */
  readonly clause: string;
  /** Set if the command fails at once: the failure then replaces the clause. */
  readonly failure?: Failure<Word> | undefined;
}

/** One command of a hook, with its time. */
export interface Part<Word = Quoted> {
  readonly text: Word;
  /** Where `text` begins: a UTF-16 offset into the shell text, or into the argv words joined by one blank. */
  readonly offset: number;
  readonly seconds: Interval;
  /** The expected seconds of the command (`HookReading.known`), within the bounds of `seconds`. */
  readonly known: number;
  readonly because: Reason<Word>;
}

/**
 * A reason whose words may come from expansions, and so may be secret. `quoter` turns them into words that may be
 * printed.
 */
export type RawReason = Reason<string>;
export type RawFailure = Failure<string>;
export interface RawPart extends Omit<Part<string>, "known"> {
  /** The name of the program, if the command runs one. */
  readonly program?: string | undefined;
}

/** Longer commands and words are cut in messages. */
export const LONGEST_QUOTE = 60;

/**
 * A shell text on one line, cut if it is long. `;` replaces the end of a line. Comments are removed, unless the text
 * has nothing else. A carriage return is shown as `\r`, because a shell reads it as part of the preceding word.
 */
export function oneLine(text: string): string {
  const lines = text
    .slice(0, 4 * LONGEST_QUOTE)
    .replaceAll("\r", "\\r")
    .split("\n")
    .map((one) => one.replace(/\s+/g, " ").trim())
    .filter((one) => one !== "");
  const code = lines.filter((one) => !one.startsWith("#"));
  const shown = code.length === 0 ? lines : code.map((one, place) => withoutComment(one, place, code));
  const line = shown.reduce(joinedLines, "");
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 3)}...` : line;
}

/** Only the last line keeps its comment, because a following line would look like part of the comment. */
function withoutComment(line: string, place: number, all: readonly string[]): string {
  return place < all.length - 1 && !/['"]/.test(line) ? line.replace(/ #.*$/, "") : line;
}

/** Joins two lines with a `;`, or with a blank where a `;` would be an error, such as after `do` or `|`. */
function joinedLines(before: string, line: string): string {
  if (before === "") return line;
  if (before.endsWith("\\")) return `${before.slice(0, -1).trimEnd()} ${line}`;
  return /(^|[\s;])(do|then|else|in)$|[;&|({]$/.test(before) ? `${before} ${line}` : `${before}; ${line}`;
}

export type Quoter = (text: string) => Quoted;

/** Separates literal words of this command from words that an expansion made. */
export function quoter(argv: readonly string[]): Quoter {
  return (text) =>
    argv.some((word) => word.includes(text)) ? { from: "hook", text: oneLine(text) } : { from: "expansion" };
}

export function quoteReason(reason: RawReason, quote: Quoter): Reason {
  const { command, runs, clause, failure } = reason;
  return {
    clause,
    ...(command !== undefined && { command: quote(command) }),
    ...(runs !== undefined && { runs: quote(runs) }),
    ...(failure !== undefined && { failure: quoteFailure(failure, quote) }),
  };
}

export function quoteFailure({ code, word }: RawFailure, quote: Quoter): Failure {
  return { code, ...(word !== undefined && { word: quote(word) }) };
}
