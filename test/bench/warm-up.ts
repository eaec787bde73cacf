/** A round that is not this much faster than the best before it has not risen. */
const RISE = 1.02;

export interface WarmUpRounds {
  /** The rounds without a rise in a row that end the warm-up. It needs several, because the compiler works in steps. */
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
