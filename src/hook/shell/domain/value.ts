/**
 * What is known of a word while a script is read: its text, that it is an integer between two others, that it is the
 * process id of a job, or nothing.
 */
export type Value = string | Range | Pid | undefined;

/** A decimal integer, both ends included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The process id of a background job: its digits are not known, but whom it names is. */
export interface Pid {
  readonly pid: number;
}

/** What an unquoted expansion of unknown text leaves: no word, one, or many. */
export interface UnknownCount {
  readonly unknownCount: true;
}

/** There is only one of them: what it may hold is not known. */
export const UNKNOWN_COUNT: UnknownCount = { unknownCount: true };

/** One word after expansion. */
export type Field = Value | UnknownCount;

/** `$?`: the number, that it is not 0, or nothing. */
export type Status = number | "failure" | undefined;

/** Yes, no, or undefined where it depends on what was not known. */
export type Maybe = boolean | undefined;

/** Text above this is not followed: no hook needs it, and doubling a variable in a loop would eat the memory. */
export const LONGEST_TEXT = 16_384;

/** Past this, integers of the shell (64 bits) and ours part. */
const LARGEST_INTEGER = 2 ** 52;

export function isRange(value: Field): value is Range {
  return typeof value === "object" && "low" in value;
}

export function isPid(value: Field): value is Pid {
  return typeof value === "object" && "pid" in value;
}

export function isUnknownCount(field: Field): field is UnknownCount {
  return typeof field === "object" && "unknownCount" in field;
}

/** The integer range, as text where it is a single number; unknown where a shell could overflow. */
export function integer(low: number, high: number = low): Value {
  if (!(Math.abs(low) <= LARGEST_INTEGER && Math.abs(high) <= LARGEST_INTEGER)) return undefined;
  return low === high ? String(low) : { low, high };
}

/** The value as an integer range, where it is written as plain decimal digits without a leading zero. */
export function asRange(value: Value): Range | undefined {
  if (typeof value === "string") {
    if (!/^-?(0|[1-9]\d{0,14})$/.test(value)) return undefined;
    const number = Number(value);
    return { low: number, high: number };
  }
  return isRange(value) ? value : undefined;
}

/** One text after the other. */
export function joined(values: readonly Value[]): Value {
  const [only] = values;
  if (values.length === 1) return only;
  let text = "";
  for (const value of values) {
    if (typeof value !== "string") return undefined;
    text += value;
    if (text.length > LONGEST_TEXT) return undefined;
  }
  return text;
}

/** One of the two. Numbers keep their span, any other difference makes it unknown. */
export function eitherValue(a: Value, b: Value): Value {
  if (sameValue(a, b)) return a;
  const left = asRange(a);
  const right = asRange(b);
  if (left === undefined || right === undefined) return undefined;
  return integer(Math.min(left.low, right.low), Math.max(left.high, right.high));
}

/** Equal as far as it is known: what is unknown stays unknown. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isRange(a) && isRange(b)) return a.low === b.low && a.high === b.high;
  return isPid(a) && isPid(b) && a.pid === b.pid;
}

export function eitherMaybe(a: Maybe, b: Maybe): Maybe {
  return a === b ? a : undefined;
}

export function eitherStatus(a: Status, b: Status): Status {
  if (a === b) return a;
  return succeeded(a) === false && succeeded(b) === false ? "failure" : undefined;
}

/** Whether the status is 0. */
export function succeeded(status: Status): Maybe {
  return status === undefined ? undefined : status === 0;
}

export function statusOf(yes: Maybe): Status {
  return yes === undefined ? undefined : yes ? 0 : 1;
}
