import { setTimeout as wait } from "node:timers/promises";
import type { ApiFault } from "./api-fault.ts";
import type { Timings } from "./timings.ts";

const FORBIDDEN = 403;

/**
 * Repeats `attempt` until the signal is aborted. An attempt that throws is a bug: the error is reported, and the next
 * attempt follows after the longest pause.
 *
 * @param attempt Called with its start time, from `performance.now()`. Returns the milliseconds until the next attempt.
 */
export async function repeat(
  attempt: (start: number) => Promise<number>,
  signal: AbortSignal,
  { longestPause }: Timings,
  crashed: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    const milliseconds = await attempt(performance.now()).catch((error: unknown) => {
      crashed(error);
      return longestPause;
    });
    await pause(milliseconds, signal);
  }
}

/**
 * The milliseconds from the start of an attempt to the start of the next one. If an attempt takes longer, the next
 * attempt begins at once. `failures` is the number of failed attempts in a row. The first pause is at most
 * `firstPause`. The pause doubles with each failure, up to `longestPause`. A random part of at most half is then
 * subtracted.
 */
export function pauseAfter(failures: number, timings: Timings, chance = Math.random()): number {
  if (failures === 0) return 0;
  const longest = Math.min(timings.longestPause, timings.firstPause * 2 ** (failures - 1));
  return longest * (1 - chance / 2);
}

/**
 * The pause after a fault: the longer of `pauseAfter` and the Retry-After of the API server. After HTTP 403 the pause
 * is `longestPause`, because a quick retry does not help.
 */
export function pauseAfterFault(
  fault: ApiFault,
  failures: number,
  elapsed: number,
  timings: Timings,
): number {
  if (fault.status === FORBIDDEN) return timings.longestPause;
  const asked = Math.min(fault.retryAfter ?? 0, timings.longestRetryAfter);
  return Math.max(pauseAfter(failures, timings) - elapsed, asked, 0);
}

/** Waits until the time is over or the signal fires. The timer does not keep the process alive. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { ref: false, signal }).catch(() => undefined);
}
