import { ENDLESS_SECONDS } from "../../hook/interval.ts";

/** The allowed range of each of our numbers, in whole seconds: the same in the configuration, on a namespace and on a pod. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;

/** A sleep that is added. */
export const SLEEP_RANGE: Range = { min: 1, max: HOUR };

/** The time an app needs after the stop signal. */
export const SHUTDOWN_RANGE: Range = { min: 0, max: DAY };

/** How long a hook takes. */
export const HOOK_RANGE: Range = { min: 0, max: ENDLESS_SECONDS };

/** The longest grace period that a pod may have. */
export const LIMIT_RANGE: Range = { min: 1, max: ENDLESS_SECONDS };

export function isWithin({ min, max }: Range, seconds: number): boolean {
  return seconds >= min && seconds <= max;
}
