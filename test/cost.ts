/** A test that needs more CPU seconds hangs or does quadratic work. A few CPU seconds are normal for a test. */
const HANG_SECONDS = 60;

/** The smallest cost that is compared, in CPU microseconds. Ratios of smaller costs would be noise. */
const LEAST = 1000;

/**
 * CPU microseconds of this thread, which other load on the machine does not change. The oldest supported Node only
 * measures the whole process.
 */
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

/**
 * On a busy machine a linear cost can look quadratic several times in a row. A quadratic cost always looks quadratic.
 */
const MOST_TRIES = 12;

/**
 * The cost of `large` divided by the cost of `small`. The cost of `small` is the best of three tries, after one try for
 * the compiler. The measurement of `large` is repeated until its cost looks linear, at most MOST_TRIES times.
 */
export function growth(small: () => unknown, large: () => unknown): number {
  const tries = Array.from({ length: TRIES }, () => microseconds(small));
  const unit = Math.max(LEAST, Math.min(...tries.slice(1)));
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; least >= LINEAR && count < MOST_TRIES; count++)
    least = Math.min(least, microseconds(large) / unit);
  return least;
}
