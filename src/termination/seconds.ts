import { ENDLESS_SECONDS, type Interval, isPoint } from "../hook/interval.ts";

/**
 * A grace period as the kubelet uses it, in whole seconds; a negative one counts as 0. The API allows more than 68 years,
 * but the kubelet's arithmetic then overflows (`time.Duration` ends at 292 years), so anything longer counts as 68 years.
 */
export function wholeSeconds(seconds: number): number {
  return Number.isNaN(seconds) ? 0 : Math.floor(Math.min(Math.max(seconds, 0), ENDLESS_SECONDS));
}

/** Bounds of the fraction that truncation to whole seconds drops. */
export function fraction(seconds: Interval): Interval {
  const floor = Math.floor(seconds.min);
  if (!isPoint(seconds) && Math.floor(seconds.max) !== floor) return { min: 0, max: 1 };
  return { min: seconds.min - floor, max: seconds.max - floor };
}
