import { ENDLESS_SECONDS } from "../../hook/interval.ts";

/** A gracekeeper label or annotation with a value that cannot be used. */
export interface InvalidValue {
  readonly where: "labels" | "annotations";
  readonly key: string;
  readonly value: string;
  readonly problem: ValueProblem;
  /** The valid value that was probably meant, if the invalid value makes that clear. */
  readonly instead: string | undefined;
  /** True if the invalid value does not make a check weaker. */
  readonly harmless: boolean;
}

/** The reason why the value of a label or annotation cannot be used. `item` is the wrong item of the value. */
export type ValueProblem =
  | { readonly code: "not-a-word"; readonly words: readonly string[] }
  | { readonly code: "not-seconds"; readonly range: Range }
  | { readonly code: "not-declarations" | "not-finding-ids" }
  | { readonly code: "not-a-span" | "reversed-span"; readonly item: string }
  | { readonly code: "span-too-long"; readonly item: string; readonly max: number }
  | { readonly code: "container-twice"; readonly container: string }
  | { readonly code: "not-ignorable"; readonly item: string }
  /**
   * A gracekeeper label or annotation that has no effect. `known` lists the labels or annotations with an effect,
   * without their prefix.
   */
  | { readonly code: "unknown-key"; readonly known: readonly string[] };

/** Reads an annotation in whole seconds. An invalid value is added to `invalid`. */
export function secondsAt(
  annotations: ReadonlyMap<string, string>,
  key: string,
  range: Range,
  invalid: InvalidValue[],
): number | undefined {
  const value = annotations.get(key);
  if (value === undefined) return undefined;
  const seconds = digits(value);
  if (seconds !== undefined && isWithin(range, seconds)) return seconds;
  const meant = leadingNumber(value);
  const instead = meant !== undefined && isWithin(range, meant) ? `${meant}` : undefined;
  invalid.push({
    where: "annotations",
    key,
    value,
    problem: { code: "not-seconds", range },
    instead,
    harmless: false,
  });
  return undefined;
}

/** ASCII digits and nothing else, up to the largest number a double holds exactly. */
export function digits(text: string): number | undefined {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/**
 * The maximum length of a number with a unit. A longer string is not read as a number, because the regular expression
 * is slow for many blanks.
 */
const LONGEST_NUMBER = 30;

/** `20sec` and ` 20 ` mean 20. */
export function leadingNumber(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  return digits(/^\s*(\d{1,10})\s*(?:s|sec|secs|seconds?)?\s*$/.exec(text)?.[1] ?? "");
}

/**
 * The word of the list that a misspelt word probably means. One letter may be added, missing or wrong, or two letters
 * may be swapped. Case does not matter.
 */
export function meantWord(text: string, words: readonly string[]): string | undefined {
  const typed = text.trim().toLowerCase();
  return words.find((word) => isNear(typed, word));
}

function isNear(typed: string, word: string): boolean {
  if (Math.abs(typed.length - word.length) > 1) return false;
  let start = 0;
  while (start < typed.length && typed[start] === word[start]) start++;
  const oneOther = [
    [start + 1, start + 1],
    [start + 1, start],
    [start, start + 1],
  ].some(([left, right]) => typed.slice(left) === word.slice(right));
  const swapped =
    typed[start] === word[start + 1] &&
    typed[start + 1] === word[start] &&
    typed.slice(start + 2) === word.slice(start + 2);
  return oneOther || swapped;
}

/**
 * The allowed range of a setting, in whole seconds. The range is the same in the configuration, on a namespace and on a
 * pod.
 */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** The seconds of an added sleep. */
export const SLEEP_RANGE: Range = { min: 1, max: HOUR };

/** The seconds that an app needs after the stop signal. */
export const SHUTDOWN_RANGE: Range = { min: 0, max: DAY };

/** The seconds that a hook takes. */
export const HOOK_RANGE: Range = { min: 0, max: ENDLESS_SECONDS };

/** The longest grace period that a pod may have. */
export const LIMIT_RANGE: Range = { min: 1, max: ENDLESS_SECONDS };

export function isWithin({ min, max }: Range, seconds: number): boolean {
  return seconds >= min && seconds <= max;
}
