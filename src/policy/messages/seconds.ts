import { ENDLESS_SECONDS, type Interval, isKnown, isPoint } from "../../hook/interval.ts";

/** Advised grace periods are multiples of 5, because a person would choose such a number. */
const GRACE_STEP_SECONDS = 5;

/** Rounds a needed grace period up to the grace period that a message advises. */
export function printedGrace(seconds: number): number {
  return Math.ceil(seconds / GRACE_STEP_SECONDS) * GRACE_STEP_SECONDS;
}

/** `45s`, `1.5s`. Numbers above 2^53 are never printed with an exponent. */
export function inSeconds(seconds: number): string {
  return `${plainNumber(seconds)}s`;
}

/** Formats an interval of seconds: `45s`, `5s to 14s`, `at least 130s`, `an unknown time` or `without end`. */
export function spanOf(interval: Interval): string {
  if (interval.min >= ENDLESS_SECONDS) return "without end";
  if (isPoint(interval)) return inSeconds(interval.min);
  if (isKnown(interval)) return `${inSeconds(interval.min)} to ${inSeconds(interval.max)}`;
  return interval.min > 0 ? `at least ${inSeconds(interval.min)}` : "an unknown time";
}

/** Decimal digits without an exponent, with at most milliseconds. */
export function plainNumber(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e21 ? BigInt(value).toString() : value.toString();
  return Number(value.toFixed(3)).toString();
}
