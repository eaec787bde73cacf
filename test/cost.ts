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

/** How many times what the small one costs the large one costs: the least of three tries each, after one to compile. */
export function growth(small: () => unknown, large: () => unknown): number {
  const least = (work: () => unknown): number =>
    Math.min(...[0, 1, 2, 3].map(() => microseconds(work)).slice(1));
  return least(large) / Math.max(LEAST, least(small));
}
