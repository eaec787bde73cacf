import fc from "fast-check";
import t from "tap";
import type { Decision } from "../../src/admission/decision.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { asObject, type JsonObject } from "../../src/json.ts";
import { injection } from "../../src/policy/injection/decide.ts";
import { withInjection } from "../../src/policy/injection/guard.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { INJECTED } from "../../src/policy/model/keys.ts";
import { isShutdownAsked, resolveSettings } from "../../src/policy/settings/resolve.ts";
import { world } from "../arbitraries/contexts.ts";
import { richPod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { findingsIn, judgedOf, patchIn, reviewOf, subjectOf } from "../reviews.ts";
import {
  containersIn,
  denials,
  graceIn,
  onlyOursChanged,
  patched,
  refusals,
  sleepOf,
} from "./injection-rules.ts";
import "../patience.ts";

/** The number of pods. `npm run pods` uses 100,000 pods, and prints the percentage of each outcome. */
const PODS = cases(20_000);
const SEED = Number(process.env["SEED"] ?? 20_261_121);

const outcomes = new Map<string, number>();

t.test(`injection of ${PODS} generated pods, each with its own configuration and namespace`, async (t) => {
  fc.assert(fc.property(richPod, world, checkOne), { numRuns: PODS, seed: SEED });
  for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a)) {
    t.comment(`${((100 * count) / PODS).toFixed(1).padStart(5)} %  ${outcome}`);
  }
  t.ok((outcomes.get("patched") ?? 0) / PODS >= 0.4, "at least 40 % are patched: it is not a row of skips");
  for (const reason of [
    "has-hook",
    "owner",
    "runs-to-completion",
    "opted-out",
    "grace-too-short",
    "bad-annotation",
    "not-ours",
    "owner-may-compare",
    "applied-grace",
    "no-ports",
    "over-limit",
    "sleep-action",
    "unsafe-number",
  ]) {
    t.ok(outcomes.has(reason), `some pods are left alone: ${reason}`);
  }
});

function decide(object: JsonObject, context: Context, request: JsonObject = {}): Decision {
  return mutate(readReview(reviewOf(object, request)), context);
}

function checkOne(object: JsonObject, context: Context): void {
  const first = decide(object, context);
  const outcome = first.record.skipped ?? first.record.action;
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  const patch = patchIn(first);
  if (JSON.stringify(patchIn(decide(object, context, { dryRun: true }))) !== JSON.stringify(patch))
    throw new Error("a dry run gives another patch");
  if (first.record.action !== "patched") return;
  const after = patched(object, patch);
  onlyOursChanged(object, after);
  rightNumbers(object, after, context);
  asExpected(object, after, context);
  const again = decide(after, context);
  if (again.record.action === "patched")
    throw new Error(`a second pass adds more: ${JSON.stringify(patchIn(again))}`);
  accepted(object, after, context);
}

/**
 * Computes the grace period independently, as docs/injection.md describes it. Pods with a generated annotation
 * gracekeeper.dev/injected are skipped, because another test covers such pods.
 */
function rightNumbers(before: JsonObject, after: JsonObject, context: Context): void {
  const annotations = asObject(asObject(before["metadata"])?.["annotations"]) ?? {};
  const settings = resolveSettings(subjectOf(before), context.namespace, context.configuration);
  const [grace, result] = [graceIn(before), graceIn(after)];
  if (settings.limit !== undefined && result > Math.max(grace, settings.limit.seconds))
    throw new Error(`a grace of ${result} is above the limit`);
  if (INJECTED in annotations) return;
  const sleep = settings.prestopSleepSeconds;
  const asked = isShutdownAsked(settings) ? settings.shutdownSeconds : 0;
  const { graceApplied } = subjectOf(before);
  if (graceApplied && (result !== grace || grace < sleep + Math.max(asked, 10)))
    throw new Error(`an applied grace of ${grace} became ${result}, with a sleep of ${sleep}`);
  if (graceApplied) return;
  const wanted =
    context.configuration.strategy === "Extend"
      ? Math.max(grace + sleep, sleep + asked)
      : Math.max(grace, sleep + Math.max(asked, 10));
  if (result !== Math.min(wanted, settings.limit?.seconds ?? wanted))
    throw new Error(`grace ${grace}, sleep ${sleep}, asked ${asked}: ${result} instead of ${wanted}`);
  const left = result - sleep;
  const least = result < wanted || context.configuration.strategy === "Extend" ? grace : Math.min(grace, 10);
  if (left < Math.max(asked, least)) throw new Error(`the app has only ${left}s left`);
  const slept = containersIn(after).map(sleepOf);
  containersIn(before).forEach((container, index) => {
    if (!Object.is(slept[index], sleepOf(container)) && slept[index] !== sleep)
      throw new Error(`a sleep of ${slept[index]}s instead of ${sleep}s`);
  });
}

/** Checks that `withInjection` predicts the pod after injection. */
function asExpected(before: JsonObject, after: JsonObject, context: Context): void {
  const subject = subjectOf(before);
  const settings = resolveSettings(subject, context.namespace, context.configuration);
  const result = injection({
    subject,
    settings,
    configuration: context.configuration,
    namespace: undefined,
    madeByNode: false,
  });
  if (result.kind === "skipped") throw new Error("without the request the pod is left alone");
  const [expected, real] = [withInjection(subject, result), subjectOf(after)].map(({ spec, annotations }) =>
    JSON.stringify([
      spec.graceSeconds,
      spec.containers.map(({ preStop }) => preStop),
      [...annotations].sort(),
    ]),
  );
  if (expected !== real) throw new Error(`expected ${expected}, got ${real}`);
}

/** A pod that passed the API server's validation and gracekeeper's checks must also pass both after injection. */
function accepted(before: JsonObject, after: JsonObject, context: Context): void {
  const { kubernetesMinor } = context.configuration;
  const known = refusals(before, kubernetesMinor);
  const refused = refusals(after, kubernetesMinor).filter((one) => !known.includes(one));
  if (refused.length > 0) throw new Error(`the API server would refuse it: ${refused[0]}`);
  if (denials(before, context).length === 0) {
    const [first] = denials(after, context);
    if (first !== undefined) throw new Error(`injection made a pod that we deny: ${first}`);
  }
  const pod = judgedOf(after, context);
  const onOurs = findingsIn(pod, context).filter(
    ({ id, container }) => container?.hook?.addedByUs && id !== "probe-grace-short",
  );
  if (onOurs.length > 0) throw new Error(`a finding on a sleep that we added: ${onOurs[0]?.id}`);
}
