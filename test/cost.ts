/** CPU seconds that only a hang or quadratic work takes. A few are normal. */
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

/** Ten times the input costs about ten times as much if the cost is linear, and a hundred times if it is quadratic. */
export const LINEAR = 60;

const TRIES = 4;

/** On a busy machine a linear cost can look bad several times in a row; a quadratic one always does. */
const MOST_TRIES = 12;

/**
 * The cost of the large input divided by that of the small one. The small one is the best of three tries, after one for
 * the compiler. The large one is repeated only while it does not look linear.
 */
export function growth(small: () => unknown, large: () => unknown): number {
  const tries = Array.from({ length: TRIES }, () => microseconds(small));
  const unit = Math.max(LEAST, Math.min(...tries.slice(1)));
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; least >= LINEAR && count < MOST_TRIES; count++)
    least = Math.min(least, microseconds(large) / unit);
  return least;
}
