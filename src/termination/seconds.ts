import { ENDLESS_SECONDS, type Interval, isPoint } from "../hook/interval.ts";

/**
 * A grace as the kubelet counts with it, in whole seconds: below 0 is none. Above 68 years, which the API allows, the
 * kubelet's arithmetic overflows sooner or later (`time.Duration` ends at 292 years), so all of it counts as 68
 * years.
 */
export function wholeSeconds(seconds: number): number {
  return Number.isNaN(seconds) ? 0 : Math.floor(Math.min(Math.max(seconds, 0), ENDLESS_SECONDS));
}

/** What truncation to whole seconds drops, at least and at most. */
export function fraction(seconds: Interval): Interval {
  const floor = Math.floor(seconds.min);
  if (!isPoint(seconds) && Math.floor(seconds.max) !== floor) return { min: 0, max: 1 };
  return { min: seconds.min - floor, max: seconds.max - floor };
}
