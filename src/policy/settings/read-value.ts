import { quote } from "../messages/quote.ts";
import { isWithin, type Range } from "./ranges.ts";

/** A label or annotation of ours that cannot be read. */
export interface InvalidValue {
  readonly where: "labels" | "annotations";
  readonly key: string;
  readonly value: string;
  /** The piece of the value that is wrong, where it is not the whole. */
  readonly item?: string;
  /** Of a key that does nothing: the keys that would, without their prefix. */
  readonly known?: readonly string[];
  /** A clause that follows the value, or the item: `is not a whole number of seconds from 1 to 3600`. */
  readonly because: string;
  /** A value that would be right, where the wrong one makes plain what was meant. */
  readonly instead: string | undefined;
  /** True where it means nothing to us wherever it stands, so that no check is looser for it. */
  readonly harmless: boolean;
}

const LONGEST_QUOTED = 40;

export function brief(text: string): string {
  return quote(text, LONGEST_QUOTED);
}

/** Reads an annotation that holds whole seconds; one that cannot be read goes to `invalid`. */
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
  const because = `is not a whole number of seconds from ${range.min} to ${range.max}`;
  const meant = leadingNumber(value);
  const instead = meant !== undefined && isWithin(range, meant) ? `${meant}` : undefined;
  invalid.push({ where: "annotations", key, value, because, instead, harmless: false });
  return undefined;
}

/** ASCII digits and nothing else, up to the largest number a double holds exactly. */
export function digits(text: string): number | undefined {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : undefined;
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/** Nothing longer is a number with a unit, and the pattern below takes its time over long runs of blanks. */
const LONGEST_NUMBER = 30;

/** `20sec` and ` 20 ` were meant as 20. */
export function leadingNumber(text: string): number | undefined {
  if (text.length > LONGEST_NUMBER) return undefined;
  return digits(/^\s*(\d{1,10})\s*(?:s|sec|secs|seconds?)?\s*$/.exec(text)?.[1] ?? "");
}

/** The word of the list that was meant by a misspelt one: one letter more, less, other, or two swapped; case aside. */
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
