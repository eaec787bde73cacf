/** The rate has risen if it is at least this many times the best earlier rate. */
const RISE = 1.02;

export interface WarmUpRounds {
  /**
   * The warm-up ends after this many successive rounds without a rise. One round is not enough, because V8 compiles in
   * steps.
   */
  readonly steady: number;
  readonly most: number;
}

/** Runs rounds until the rate no longer rises. Returns the rate of each round. */
export async function warmUp(
  round: () => number | Promise<number>,
  { steady, most }: WarmUpRounds,
): Promise<readonly number[]> {
  const rates: number[] = [];
  let best = 0;
  for (let withoutRise = 0; withoutRise < steady && rates.length < most; ) {
    const rate = await round();
    withoutRise = rate > best * RISE ? 0 : withoutRise + 1;
    best = Math.max(best, rate);
    rates.push(rate);
  }
  return rates;
}
