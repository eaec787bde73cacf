/** CPU seconds that only a hang takes, or work of another order: no more than a few are normal. */
const HANG_SECONDS = 60;

/** CPU microseconds below which a quotient is noise. */
const LEAST = 1000;

/** CPU microseconds of this thread: other work on the machine does not count. The oldest Node knows only those of the process. */
function microseconds(work: () => unknown): number {
  const usage = process.threadCpuUsage ?? process.cpuUsage;
  const before = usage();
  work();
  const { user, system } = usage();
  return user + system - before.user - before.system;
}

export function hangs(work: () => unknown): boolean {
  return microseconds(work) > HANG_SECONDS * 1_000_000;
}

/** Ten times as many of anything cost ten times as much, or a little more; what is quadratic costs a hundred times. */
export const LINEAR = 60;

const TRIES = 4;

/** A busy machine can make a linear figure look bad several times in a row; what is quadratic looks bad each time. */
const MOST_TRIES = 12;

/**
 * How many times what the small one costs the large one costs. The small one costs the least of three tries, after one to
 * compile. The large one is tried again, for a better figure, only while it does not look linear.
 */
export function growth(small: () => unknown, large: () => unknown): number {
  const tries = Array.from({ length: TRIES }, () => microseconds(small));
  const unit = Math.max(LEAST, Math.min(...tries.slice(1)));
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; least >= LINEAR && count < MOST_TRIES; count++)
    least = Math.min(least, microseconds(large) / unit);
  return least;
}
