import fc from "fast-check";
import { applyPatch } from "rfc6902";
import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { type Mapping, mapping, readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import { INJECTED } from "../../src/policy/keys.ts";
import { pod } from "../pods.ts";
import { CONTEXT, findingsIn, judgedOf, patchIn, reviewOf } from "../reviews.ts";

/** `npm run pods` takes 100,000 and prints what became of them. */
const PODS = Number(process.env["PODS"] ?? 20_000);
const SEED = 20_261_121;

const outcomes = new Map<string, number>();

t.test(`injection of ${PODS} generated pods`, async (t) => {
  fc.assert(fc.property(pod, checkOne), { numRuns: PODS, seed: SEED });
  const patched = outcomes.get("patched") ?? 0;
  for (const [outcome, count] of [...outcomes].sort(([, a], [, b]) => b - a)) {
    t.comment(`${((100 * count) / PODS).toFixed(1).padStart(5)} %  ${outcome}`);
  }
  t.ok(patched / PODS >= 0.6, "at least 60 % are patched: the generator is not a row of skips");
  for (const reason of [
    "has-hook",
    "owner",
    "runs-to-completion",
    "opted-out",
    "grace-too-short",
    "bad-annotation",
    "not-ours",
    "unsafe-number",
  ]) {
    t.ok(outcomes.has(reason), `some pods are left alone: ${reason}`);
  }
});

function checkOne(object: Mapping): void {
  const first = mutate(readReview(reviewOf(object)), CONTEXT);
  const outcome = first.record.action === "patched" ? "patched" : (first.record.reason.split(":")[0] ?? "");
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if (first.record.action !== "patched") return;
  const after = patched(object, patchIn(first));
  onlyOursChanged(object, after);
  const again = mutate(readReview(reviewOf(after)), CONTEXT);
  if (again.record.action === "patched")
    throw new Error(`a second pass adds more: ${JSON.stringify(patchIn(again))}`);
  valid(object, after);
}

function patched(object: Mapping, patch: ReturnType<typeof patchIn>): Mapping {
  const copy = structuredClone(object);
  if (patch.some(({ op }) => op !== "add")) throw new Error("a patch holds something else than add");
  const errors = applyPatch(copy, patch as never).filter((error) => error !== null);
  if (errors.length > 0)
    throw new Error(`the patch does not apply: ${errors.map(({ message }) => message).join()}`);
  return copy;
}

/** Everything but what injection is for is as it was, and what was there is not lowered. */
function onlyOursChanged(before: Mapping, after: Mapping): void {
  if (without(before) !== without(after))
    throw new Error(`something else changed: ${without(before)} -> ${without(after)}`);
  const graceBefore = Number(mapping(before["spec"])?.["terminationGracePeriodSeconds"] ?? 30);
  if (Number(mapping(after["spec"])?.["terminationGracePeriodSeconds"]) <= graceBefore)
    throw new Error("the grace was not raised");
}

/** The object without our three fields and without the empty parents that they need. */
function without(object: Mapping): string {
  const copy = structuredClone(object) as {
    metadata: { annotations?: Record<string, string> | null };
    spec: Record<string, unknown>;
  };
  delete copy.metadata.annotations?.[INJECTED];
  if (Object.keys(copy.metadata.annotations ?? {}).length === 0) delete copy.metadata.annotations;
  delete copy.spec["terminationGracePeriodSeconds"];
  for (const container of copy.spec["containers"] as { lifecycle?: { preStop?: unknown } | null }[]) {
    const { lifecycle } = container;
    if (lifecycle && isSleep(lifecycle.preStop)) delete lifecycle.preStop;
    if (lifecycle && lifecycle.preStop === null) delete lifecycle.preStop;
    if (!lifecycle || Object.keys(lifecycle).length === 0) delete container.lifecycle;
  }
  return JSON.stringify(copy);
}

function isSleep(preStop: unknown): boolean {
  return typeof preStop === "object" && preStop !== null && "sleep" in preStop;
}

/** What injection made passes our own enforcement: neither a new denial, nor one that concerns a container it changed. */
function valid(before: Mapping, after: Mapping): void {
  const denied = (object: Mapping) =>
    !validate(readReview(reviewOf(object)), "enforce", CONTEXT).response.response.allowed;
  if (denied(after) && !denied(before)) throw new Error("injection made a pod that we deny");
  const findings = findingsIn(judgedOf(after));
  const onOurs = findings.filter(({ container }) => container?.hook?.addedByUs);
  if (onOurs.length > 0) throw new Error(`a finding on a sleep that we added: ${onOurs[0]?.id}`);
}
