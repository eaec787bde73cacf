import fc from "fast-check";
import t from "tap";
import type { Mode } from "../../src/admission/decision.ts";
import { readSubjects } from "../../src/admission/pods/read-pod.ts";
import { reviewedWorkload } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { HookReadings } from "../../src/hook/reader.ts";
import type { JsonObject } from "../../src/json.ts";
import { assess } from "../../src/policy/assess/assess.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { world } from "../arbitraries/contexts.ts";
import { type CostlyWorkload, costlyWorkload } from "../arbitraries/costly-workloads.ts";
import { contextOf, type Situation, situation } from "../arbitraries/situations.ts";
import { cases, DEEP } from "../cases.ts";
import { CONTEXT, podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

/**
 * A pod with its containers or keys in another order gets the same decision. Messages name containers in the order of
 * the spec, so only the order of their words and the indices in paths may differ. Sidecars keep their order, because
 * the order decides which sidecar stops first. A shortened message names only the first containers, so its words also
 * depend on the order.
 */
const SITUATIONS = cases(1000, 160);
const ORDERS = DEEP ? 100 : 10;
const SEED = 11;
const MODES: readonly Mode[] = ["enforce", "warn", "audit"];

/** The greatest number of causes in the status of a denial. */
const MOST_CAUSES = 20;

/** The index of a list item, which depends on the order. */
const INDEX = /\[\d+\]/g;

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

/** A Fisher-Yates shuffle with a linear congruential generator. The shuffle is deterministic for a seed. */
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

/** The words of a text without list indices, in an order that does not depend on the text's order. */
function words(text: string): readonly string[] {
  return text
    .replaceAll(INDEX, "[]")
    .split(/[\s,;.:"[\]{}|]+/)
    .map((word) => word.replaceAll(/^[^\w]+|[^\w]+$/g, "").toLowerCase())
    .filter((word) => word !== "")
    .sort();
}

/** Whether a message or the list of causes in the decision is shortened. */
function isCut(verdict: string): boolean {
  const [{ response }] = JSON.parse(verdict);
  return / and \d+ more|\.\.\./i.test(verdict) || response.status?.details?.causes?.length === MOST_CAUSES;
}

/** The words of the whole answer. If a message is shortened, only the words of `allowed` and of the log record. */
function allWords(verdict: string): readonly string[] {
  const [{ response }, record] = JSON.parse(verdict);
  return words(isCut(verdict) ? JSON.stringify([response.allowed, record]) : verdict);
}

t.test(`${SITUATIONS} pods with keys in ${ORDERS} orders: the same decision and text`, async (t) => {
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

t.test(`${SITUATIONS} pods with containers in ${ORDERS} orders: the same decision and words`, async (t) => {
  const property = (one: Situation): void => {
    const before = allWords(verdictOf(one, one.object, "enforce"));
    for (let order = 1; order <= ORDERS; order++) {
      const object = containersShuffled(one.object, shuffler(order));
      const after = allWords(verdictOf(one, object, "enforce"));
      if (JSON.stringify(after) !== JSON.stringify(before)) throw new Error(`order ${order} differs`);
    }
  };
  fc.assert(fc.property(situation, property), { numRuns: SITUATIONS, seed: SEED });
  t.pass();
});

const WORKLOADS = cases(5000, 200);

/**
 * The same value with lists and keys in another order. Words of a command and sidecars keep their order, because the
 * order has a meaning.
 */
function orderShuffled(value: unknown, shuffle: Shuffle): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => orderShuffled(item, shuffle));
    return items.some((item) => typeof item === "object") ? shuffle(items) : items;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(
    ([key, member]) => [key, key === "initContainers" ? member : orderShuffled(member, shuffle)] as const,
  );
  return Object.fromEntries(shuffle(entries));
}

/**
 * The data of a finding as text that does not depend on order: indices are removed, and members and items are sorted.
 */
function canonical(value: unknown): string {
  if (value instanceof Map || value instanceof Set) return canonical([...value]);
  if (Array.isArray(value)) return `[${value.map(canonical).sort()}]`;
  if (typeof value === "string") return value.replaceAll(INDEX, "[]").split(",").sort().join();
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).filter(([key]) => key !== "index");
  return `{${members.map(([key, member]) => `${key}: ${canonical(member)}`).sort()}}`;
}

/** The decision, each finding with its data, and the texts. */
interface Whole {
  readonly decided: readonly string[];
  readonly findings: readonly string[];
  /**
   * Undefined if a message of the decision is shortened. Also undefined if an annotation is misplaced on the workload,
   * because only the first template reports this annotation.
   */
  readonly texts: readonly string[] | undefined;
}

function wholeVerdict({ object, oldObject }: CostlyWorkload, mode: Mode, context: Context): Whole {
  const review = readReview(reviewOf(object, oldObject && { operation: "UPDATE", oldObject }));
  let readings: HookReadings | undefined;
  const readHooks: Context["readHooks"] = (...all) => {
    readings = context.readHooks(...all);
    return readings;
  };
  const { response, record } = validate(review, mode, { ...context, readHooks });
  const workload = reviewedWorkload(review, context.configuration);
  if (workload === undefined || readings === undefined) throw new Error(`not read: ${record.reason}`);
  const [pods, old] = [readSubjects(object, workload), readSubjects(oldObject, workload)];
  const assessed = assess({ pods, old, stage: "after-validation" }, { ...context, readings });
  const findings = assessed.flatMap((one) =>
    [...one.findings, ...one.ignored].map((finding) => {
      const { container, ...data } = finding;
      return [container?.container.name, one.introduced.has(finding), canonical(data)].join();
    }),
  );
  const verdict = JSON.stringify([response, record]);
  const isSplit = pods.some(({ misplaced }) => misplaced.length > 0);
  return {
    decided: words(JSON.stringify([response.response.allowed, record])),
    findings: findings.sort(),
    texts: isCut(verdict) || isSplit ? undefined : words(verdict),
  };
}

function sameLines(before: readonly string[], after: readonly string[]): void {
  const at = before.findIndex((line, index) => line !== after[index]);
  if (at !== -1 || before.length !== after.length) throw new Error(`${before[at]} became ${after[at]}`);
}

const anyContext = fc
  .tuple(world, fc.constantFrom<Configuration["templates"]>("Warn", "Enforce", "Enforce"))
  .map(([context, templates]) => ({ ...context, configuration: { ...context.configuration, templates } }));

t.test(
  `${WORKLOADS} pods and workloads with hooks of every cost: the same decision in any order`,
  async (t) => {
    const property = (one: CostlyWorkload, context: Context, mode: Mode, seed: number): void => {
      const shuffle = shuffler(seed);
      const other = {
        object: orderShuffled(one.object, shuffle) as JsonObject,
        oldObject: orderShuffled(one.oldObject, shuffle) as JsonObject | undefined,
      };
      const [before, after] = [wholeVerdict(one, mode, context), wholeVerdict(other, mode, context)];
      sameLines(before.decided, after.decided);
      sameLines(before.findings, after.findings);
      if (before.texts !== undefined && after.texts !== undefined) sameLines(before.texts, after.texts);
    };
    fc.assert(
      fc.property(costlyWorkload, anyContext, fc.constantFrom("enforce", ...MODES), fc.nat(), property),
      {
        numRuns: WORKLOADS,
        seed: SEED,
      },
    );
    t.pass();
  },
);

t.test("a denial names the limit in any order of its containers", async (t) => {
  const endless = shellHook("sleep infinity", "a");
  const long = shellHook("sleep 25; /drain.sh", "b");
  for (const containers of [
    [endless, long],
    [long, endless],
  ]) {
    const spec = { terminationGracePeriodSeconds: 2, containers };
    const configuration = { ...CONTEXT.configuration, maxGraceSeconds: 51, shutdownSeconds: 26 };
    const review = readReview(reviewOf(podOf(spec)));
    const { response } = validate(review, "enforce", { ...CONTEXT, configuration }).response;
    t.match(response.status, { message: /^2 containers do not fit [^.]*; 55s would be above the 51s limit/ });
  }
});
