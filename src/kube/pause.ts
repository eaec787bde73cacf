import { setTimeout as wait } from "node:timers/promises";
import type { ApiFault } from "./api-fault.ts";
import type { Timings } from "./timings.ts";

/**
 * Milliseconds until the next attempt, counted from its start, so that one which waited for a silent server is followed
 * at once. `failures` in a row: the first is followed by between half and all of `firstPause`, each further one by twice
 * that, up to `longestPause`.
 */
export function pauseAfter(failures: number, timings: Timings, chance = Math.random()): number {
  if (failures === 0) return 0;
  const longest = Math.min(timings.longestPause, timings.firstPause * 2 ** (failures - 1));
  return longest * (1 - chance / 2);
}

/** As `pauseAfter`, and at least what the API server asked for; where rights are missing, it makes no sense to hurry. */
export function pauseAfterFault(
  fault: ApiFault,
  failures: number,
  elapsed: number,
  timings: Timings,
): number {
  if (fault.status === 403) return timings.longestPause;
  const asked = Math.min(fault.retryAfter ?? 0, timings.longestRetryAfter);
  return Math.max(pauseAfter(failures, timings) - elapsed, asked, 0);
}

/** Waits without keeping the process alive, and no longer than until the signal. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { ref: false, signal }).catch(() => undefined);
}
