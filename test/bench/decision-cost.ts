import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { CONTEXT } from "../reviews.ts";
import { type WarmUpRounds, warmUp } from "./warm-up.ts";

const ROUND_MILLISECONDS = 200;
const BATCH = 100;

const WARM_UP: WarmUpRounds = { steady: 4, most: 60 };
const MEASURED_ROUNDS = 15;

export interface DecisionCost {
  /** The median in microseconds. */
  readonly parse: number;
  readonly decide: number;
  /**
   * The time of `decide` divided by the time of `parse` in the same round; the median of all rounds. The ratio does not
   * depend on the machine.
   */
  readonly ratio: number;
  /** Decisions per second in each round of the warm-up. */
  readonly warmUp: readonly number[];
}

/** Measures `JSON.parse` of a review and `validate` of the result alternately, in this process. */
export async function decisionCost(body: string): Promise<DecisionCost> {
  const parsed: unknown = JSON.parse(body);
  const parse = () => JSON.parse(body);
  const decide = () => validate(readReview(parsed), "enforce", CONTEXT);
  const rates = await warmUp(() => {
    microsecondsOf(parse);
    return 1e6 / microsecondsOf(decide);
  }, WARM_UP);
  const rounds = Array.from({ length: MEASURED_ROUNDS }, () => {
    const [parsing, deciding] = [microsecondsOf(parse), microsecondsOf(decide)];
    return { parsing, deciding, ratio: deciding / parsing };
  });
  return {
    parse: median(rounds.map(({ parsing }) => parsing)),
    decide: median(rounds.map(({ deciding }) => deciding)),
    ratio: median(rounds.map(({ ratio }) => ratio)),
    warmUp: rates,
  };
}

function microsecondsOf(act: () => unknown): number {
  const start = performance.now();
  let times = 0;
  let elapsed = 0;
  while (elapsed < ROUND_MILLISECONDS) {
    for (let i = 0; i < BATCH; i++) act();
    times += BATCH;
    elapsed = performance.now() - start;
  }
  return (elapsed * 1000) / times;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
