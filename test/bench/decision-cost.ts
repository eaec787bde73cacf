import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { CONTEXT } from "../reviews.ts";

const ROUND_MILLISECONDS = 200;
const BATCH = 100;

/** A round that is not this much faster than the best before it has not risen. */
const RISE = 1.02;

/** So many rounds without a rise, one after the other, end the warm-up: the compiler works in steps. */
const STEADY_ROUNDS = 4;

const MOST_WARM_UP_ROUNDS = 60;
const MEASURED_ROUNDS = 15;

export interface DecisionCost {
  /** Microseconds, medians. */
  readonly parse: number;
  readonly decide: number;
  /** Median of the ratios of neighbouring rounds: it does not depend on the machine. */
  readonly ratio: number;
  /** Decisions per second in each round of the warm-up. */
  readonly warmUp: readonly number[];
}

/** `JSON.parse` of a review and `validate` of what came out, in this process, in turns. */
export function decisionCost(body: string): DecisionCost {
  const parsed: unknown = JSON.parse(body);
  const parse = () => JSON.parse(body);
  const decide = () => validate(readReview(parsed), "enforce", CONTEXT);
  const warmUp: number[] = [];
  let best = 0;
  for (let steady = 0; steady < STEADY_ROUNDS && warmUp.length < MOST_WARM_UP_ROUNDS; ) {
    microsecondsOf(parse);
    const rate = 1e6 / microsecondsOf(decide);
    steady = rate > best * RISE ? 0 : steady + 1;
    best = Math.max(best, rate);
    warmUp.push(rate);
  }
  const rounds = Array.from({ length: MEASURED_ROUNDS }, () => {
    const [parsing, deciding] = [microsecondsOf(parse), microsecondsOf(decide)];
    return { parsing, deciding, ratio: deciding / parsing };
  });
  return {
    parse: median(rounds.map(({ parsing }) => parsing)),
    decide: median(rounds.map(({ deciding }) => deciding)),
    ratio: median(rounds.map(({ ratio }) => ratio)),
    warmUp,
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
