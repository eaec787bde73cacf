/** A false property mostly fails within the first few hundred cases. Nightly runs and releases use more cases. */
const EVERY_DAY = 1000;

/** Whether tests run at full size: `npm run test:deep`. */
export const DEEP = process.env["DEEP"] === "1";

/**
 * The number of cases that a property test runs: `full` in a deep run, otherwise at most `fewer`. `CASES=100000`
 * overrides both numbers.
 */
export function cases(full: number, fewer = EVERY_DAY): number {
  const given = process.env["CASES"];
  if (given !== undefined) return Number(given);
  return DEEP ? full : Math.min(fewer, full);
}
