/**
 * A duration, as a lower and an upper bound.
 *
 * The unit is the second; fractions are allowed. Every real duration lies between `min` and `max`. `max` is `Infinity`
 * if it is not known. A point (`min === max`) is an exact time.
 */
export interface Interval {
  readonly min: number;
  readonly max: number;
}

/**
 * The lower bound for `sleep infinity` and for an endless loop: 2^31 - 1 seconds, 68 years. A time of more than 68
 * years counts as endless.
 */
export const ENDLESS_SECONDS = 2_147_483_647;

export const NO_TIME: Interval = { min: 0, max: 0 };
export const CANNOT_TELL: Interval = { min: 0, max: Number.POSITIVE_INFINITY };
export const ENDLESS: Interval = { min: ENDLESS_SECONDS, max: Number.POSITIVE_INFINITY };

/** An exact time; a time of more than ENDLESS_SECONDS is endless. */
export function exactly(seconds: number): Interval {
  return seconds > ENDLESS_SECONDS ? ENDLESS : { min: seconds, max: seconds };
}

/** `a` and then `b`. */
export function plus(a: Interval, b: Interval): Interval {
  return between(tidy(a.min + b.min), tidy(a.max + b.max));
}

/**
 * The time from the moment `b` to the later moment `a`: the difference of the lower bounds, and the difference of the
 * upper bounds.
 */
export function minus(a: Interval, b: Interval): Interval {
  return { min: tidy(a.min - b.min), max: isKnown(a) ? tidy(a.max - b.max) : a.max };
}

/** `a` this many times. */
export function times(a: Interval, count: number): Interval {
  return count === 0 ? NO_TIME : between(tidy(a.min * count), tidy(a.max * count));
}

/** The bounds of a time that is either `a` or `b`. */
export function either(a: Interval, b: Interval): Interval {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** `a` and `b` in parallel, until both have ended. */
export function longer(a: Interval, b: Interval): Interval {
  return { min: Math.max(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** `a` and `b` in parallel, until one of them has ended. */
export function shorter(a: Interval, b: Interval): Interval {
  return { min: Math.min(a.min, b.min), max: Math.min(a.max, b.max) };
}

/** Any time from 0 up to `a`. */
export function atMost(a: Interval): Interval {
  return { min: 0, max: a.max };
}

/** The intersection; undefined if the intervals do not overlap. */
export function intersection(a: Interval, b: Interval): Interval | undefined {
  const min = Math.max(a.min, b.min);
  const max = Math.min(a.max, b.max);
  return min <= max ? { min, max } : undefined;
}

/**
 * The duration that the hook's author seems to intend (`HookReading.known`): the upper bound if it is finite, else
 * `known`, but at least the lower bound.
 */
export function knownSeconds({ min, max }: Interval, known = min): number {
  return max === Number.POSITIVE_INFINITY ? Math.max(min, known) : max;
}

export function isPoint(a: Interval): boolean {
  return a.min === a.max;
}

export function isKnown(a: Interval): boolean {
  return a.max !== Number.POSITIVE_INFINITY;
}

/** An interval from its two bounds. A bound above 68 years counts as endless. */
export function between(min: number, max: number): Interval {
  return {
    min: Math.min(min, ENDLESS_SECONDS),
    max: max > ENDLESS_SECONDS ? Number.POSITIVE_INFINITY : max,
  };
}

/** Rounds a sum of seconds to nanoseconds, the kernel's unit of sleep, so that 0.1 + 0.2 is 0.3. */
function tidy(seconds: number): number {
  return Number.isFinite(seconds) ? Math.round(seconds * 1e9) / 1e9 : seconds;
}
