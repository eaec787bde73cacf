import fc from "fast-check";
import t from "tap";
import type { Mode } from "../../src/admission/decision.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import { contextOf, type Situation, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { reviewOf } from "../reviews.ts";
import "../patience.ts";

/**
 * The same pod in another order is judged the same. Containers are named in the order of the spec, so with the main
 * containers in another order the same words come in another order, with other indices in their paths. The order of
 * sidecars is no such order: it says who stops first. A message with too little room names the first of several, and
 * who that is goes by the order too.
 */
const SITUATIONS = cases(400);
const ORDERS = 100;
const SEED = 11;
const MODES: readonly Mode[] = ["enforce", "warn", "audit"];

type Shuffle = <Item>(items: readonly Item[]) => Item[];

function verdictOf(one: Situation, object: JsonObject, mode: Mode): string {
  const { response, record } = validate(readReview(reviewOf(object)), mode, contextOf(one));
  return JSON.stringify([response, record]);
}

/** Keys of every mapping in another order. */
function keysShuffled(value: unknown, shuffle: Shuffle): unknown {
  if (Array.isArray(value)) return value.map((item) => keysShuffled(item, shuffle));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, keysShuffled(member, shuffle)] as const);
  return Object.fromEntries(shuffle(entries));
}

function containersShuffled(value: JsonObject, shuffle: Shuffle): JsonObject {
  const entries = Object.entries(value).map(([key, member]) => {
    if (key === "containers" && Array.isArray(member)) return [key, shuffle(member)] as const;
    const inside = typeof member === "object" && member !== null && !Array.isArray(member);
    return [key, inside ? containersShuffled(member as JsonObject, shuffle) : member] as const;
  });
  return Object.fromEntries(entries);
}

/** Deterministic for a seed: Fisher and Yates with a linear congruential generator. */
function shuffler(seed: number): Shuffle {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  return (items) => {
    const all = [...items];
    for (let last = all.length - 1; last > 0; last--) {
      const other = next(last + 1);
      [all[last], all[other]] = [all[other] as never, all[last] as never];
    }
    return all;
  };
}

/** The words of a verdict, without places in lists, in no order; where something is left out only what was decided. */
function words(verdict: string): readonly string[] {
  const [{ response }, record] = JSON.parse(verdict);
  const text = / and \d+ more|\.\.\./.test(verdict) ? JSON.stringify([response.allowed, record]) : verdict;
  return text
    .replaceAll(/containers\[\d+\]/g, "containers[]")
    .split(/[\s,;.]+/)
    .map((word) => word.replaceAll(/^[^\w]+|[^\w]+$/g, "").toLowerCase())
    .sort();
}

t.test(`${SITUATIONS} pods with their keys in ${ORDERS} orders: the same verdict and text`, async (t) => {
  const property = (one: Situation): void => {
    const verdicts = MODES.map((mode) => verdictOf(one, one.object, mode));
    for (let order = 1; order <= ORDERS; order++) {
      const object = keysShuffled(one.object, shuffler(order)) as JsonObject;
      MODES.forEach((mode, place) => {
        if (verdictOf(one, object, mode) !== verdicts[place]) throw new Error(`order ${order} differs`);
      });
    }
  };
  fc.assert(fc.property(situation, property), { numRuns: SITUATIONS / 4, seed: SEED });
  t.pass();
});

t.test(
  `${SITUATIONS} pods with their containers in ${ORDERS} orders: the same verdict and words`,
  async (t) => {
    const property = (one: Situation): void => {
      const before = words(verdictOf(one, one.object, "enforce"));
      for (let order = 1; order <= ORDERS; order++) {
        const object = containersShuffled(one.object, shuffler(order));
        const after = words(verdictOf(one, object, "enforce"));
        if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error(`order ${order} differs`);
      }
    };
    fc.assert(fc.property(situation, property), { numRuns: SITUATIONS, seed: SEED });
    t.pass();
  },
);
