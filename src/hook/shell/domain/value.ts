/**
 * What the reader knows of a word of a script: its text, that it is an integer in a range, that it is the
 * process id of a job, or nothing.
 */
export type Value = string | Range | Pid | undefined;

/** A decimal integer, both ends included. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** The process id of a background job: we know which job it names, but not its digits. */
export interface Pid {
  readonly pid: number;
}

/** What an unquoted expansion of unknown text leaves: no word, one, or many. */
export interface UnknownCount {
  readonly unknownCount: true;
}

/** All expansions to an unknown number of words share this value. */
export const UNKNOWN_COUNT: UnknownCount = { unknownCount: true };

/** One word after expansion. */
export type Field = Value | UnknownCount;

/** `$?`: the number, that it is not 0, or nothing. */
export type Status = number | "failure" | undefined;

/** Undefined: it depends on something unknown. */
export type Maybe = boolean | undefined;

/** Longer text becomes unknown: no hook needs it, and a loop that doubles a variable would use up the memory. */
export const LONGEST_TEXT = 16_384;

/** Above this, our integers and those of the shell (64 bits) differ. */
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

/** The join of two values. Integers keep their range; any other difference makes it unknown. */
export function eitherValue(a: Value, b: Value): Value {
  if (sameValue(a, b)) return a;
  const left = asRange(a);
  const right = asRange(b);
  if (left === undefined || right === undefined) return undefined;
  return integer(Math.min(left.low, right.low), Math.max(left.high, right.high));
}

/** Whether the same is known of both values: unknown is the same as unknown. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isRange(a) && isRange(b)) return a.low === b.low && a.high === b.high;
  return isPid(a) && isPid(b) && a.pid === b.pid;
}

export function not(maybe: Maybe): Maybe {
  return maybe === undefined ? undefined : !maybe;
}

export function isName(field: Field): field is string {
  return typeof field === "string" && /^[A-Za-z_]\w*$/.test(field);
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
