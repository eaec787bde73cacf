import { type Interval, isKnown, isPoint } from "../../hook/interval.ts";
import { inSeconds } from "../../policy/messages/seconds.ts";

/** `at 15s`, `between 5s and 14s`, `at 5s or later`. */
export function when(interval: Interval): string {
  if (isPoint(interval)) return `at ${inSeconds(interval.min)}`;
  if (!isKnown(interval)) return `at ${inSeconds(interval.min)} or later`;
  return `between ${inSeconds(interval.min)} and ${inSeconds(interval.max)}`;
}
