import type { Interval } from "../../interval.ts";

/**
 * The abstract value of a word: its text, an integer in a range, a moment of the clock, the process id of a job, or
 * unknown.
 */
export type Value = string | Range | Clock | Pid | undefined;

/** A decimal integer from `low` to `high`, both included. */
export interface Range {
  readonly low: number;
  readonly high: number;
  /**
   * Set if the number was calculated from the clock at the time `now`: one second later, the number would be 1 greater
   * or 1 smaller.
   */
  readonly reads?: { readonly now: Interval; readonly slope: 1 | -1 } | undefined;
  /** Set for the result of a comparison that depends only on the time. */
  readonly when?: When | undefined;
}

/**
 * Seconds since 1970, as `date +%s` prints them. The range has the seconds since the start of the script instead,
 * because the real digits are not known. The analysis assumes that nobody sets the clock during the hook.
 */
export interface Clock extends Range {
  readonly epoch: true;
}

/**
 * A condition that depends on the time: it is true in the part `yes` of the interval `now`, and false in the part `no`.
 */
export interface When {
  readonly now: Interval;
  readonly yes: Interval;
  readonly no: Interval;
}

/** The process id of a background job. The analysis knows the job, but not the digits of its process id. */
export interface Pid {
  readonly pid: number;
}

/** The result of an unquoted expansion of unknown text: zero, one or several words. */
export interface UnknownCount {
  readonly unknownCount: true;
}

/** All expansions to an unknown number of words share this value. */
export const UNKNOWN_COUNT: UnknownCount = { unknownCount: true };

/** One word after expansion. */
export type Field = Value | UnknownCount;

/** `$?`: a number, any number except 0 ("failure"), 0 at certain times (`When`), or unknown. */
export type Status = number | "failure" | When | undefined;

/** A truth value; undefined if it depends on something unknown. */
export type Maybe = boolean | undefined;

/** The truth value of a condition. */
export type Verdict = Maybe | When;

/**
 * The maximum length of a value's text; the value of a longer text is unknown. No hook needs longer text, and a loop
 * that doubles a variable would fill the memory.
 */
export const LONGEST_TEXT = 16_384;

/** Above this number, JavaScript's integers differ from the 64-bit integers of a shell. */
const LARGEST_INTEGER = 2 ** 52;

export function isRange(value: Field): value is Range {
  return typeof value === "object" && "low" in value && !isClock(value);
}

export function isClock(value: Field): value is Clock {
  return typeof value === "object" && "epoch" in value;
}

export function isWhen(verdict: Status | Verdict): verdict is When {
  return typeof verdict === "object";
}

export function isPid(value: Field): value is Pid {
  return typeof value === "object" && "pid" in value;
}

export function isUnknownCount(field: Field): field is UnknownCount {
  return typeof field === "object" && "unknownCount" in field;
}

/** An integer range; a text if it is a single number; unknown if a shell could overflow. */
export function integer(low: number, high: number = low): Value {
  if (!(Math.abs(low) <= LARGEST_INTEGER && Math.abs(high) <= LARGEST_INTEGER)) return undefined;
  return low === high ? String(low) : { low, high };
}

/** The value as an integer range, if it consists of plain decimal digits without a leading zero. */
export function asRange(value: Value): Range | undefined {
  if (typeof value === "string") {
    if (!/^-?(0|[1-9]\d{0,14})$/.test(value)) return undefined;
    const number = Number(value);
    return { low: number, high: number };
  }
  return isRange(value) ? value : undefined;
}

/** An integer range or a moment of the clock: the values that shells calculate with. */
export function asNumber(value: Value): Range | Clock | undefined {
  return isClock(value) ? value : asRange(value);
}

/**
 * `x + y`, or `x - y` for the sign -1. Two moments cannot be added. The difference of two moments is a plain number.
 */
export function sum(x: Range | Clock, y: Range | Clock, sign: 1 | -1 = 1): Value {
  const epochs = Number(isClock(x)) + sign * Number(isClock(y));
  const [low, high] = sign === 1 ? [x.low + y.low, x.high + y.high] : [x.low - y.high, x.high - y.low];
  const total = integer(low, high);
  if (!isRange(total) || (epochs !== 0 && epochs !== 1)) return epochs === 0 ? total : undefined;
  const slope = (x.reads?.slope ?? 0) + sign * (y.reads?.slope ?? 0);
  const { now } = x.reads ?? y.reads ?? {};
  const reads = now !== undefined && (slope === 1 || slope === -1) ? ({ now, slope } as const) : undefined;
  return { low, high, reads, ...(epochs === 1 && { epoch: true }) };
}

/** The concatenation of two values. */
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

/** The join of two values. Two integers become a range; for any other difference, the result is unknown. */
export function eitherValue(a: Value, b: Value): Value {
  if (sameValue(a, b)) return a;
  const left = asNumber(a);
  const right = asNumber(b);
  if (left === undefined || right === undefined || isClock(left) !== isClock(right)) return undefined;
  const hull = integer(Math.min(left.low, right.low), Math.max(left.high, right.high));
  return isClock(left) && isRange(hull) ? { ...hull, epoch: true } : hull;
}

/** Whether the two abstract values are equal. Unknown equals unknown. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if ((isRange(a) && isRange(b)) || (isClock(a) && isClock(b))) return a.low === b.low && a.high === b.high;
  return isPid(a) && isPid(b) && a.pid === b.pid;
}

export function not(maybe: Maybe): Maybe;
export function not(verdict: Verdict): Verdict;
export function not(verdict: Verdict): Verdict {
  if (isWhen(verdict)) return { ...verdict, yes: verdict.no, no: verdict.yes };
  return verdict === undefined ? undefined : !verdict;
}

/** The truth value without its link to the clock; undefined if it depends on the time. */
export function plain(verdict: Verdict): Maybe {
  return isWhen(verdict) ? undefined : verdict;
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
  return plain(verdictOf(status));
}

/** Whether the status is 0, or at which times the status is 0. */
export function verdictOf(status: Status): Verdict {
  return status === undefined || isWhen(status) ? status : status === 0;
}

export function statusOf(yes: Verdict): Status {
  return yes === undefined || isWhen(yes) ? yes : yes ? 0 : 1;
}
