import fc from "fast-check";
import { applyPatch, type Operation } from "rfc6902";
import t from "tap";
import type { Decision } from "../../src/admission/decision.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { graceOf } from "../../src/termination/pod.ts";
import { contextOf, type Situation, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { patchIn, reviewOf, subjectOf } from "../reviews.ts";
import { refusedByServer } from "./refused.ts";
import "../patience.ts";

/**
 * Tests the mutating and the validating webhook, alone, together, and both off.
 *
 * | mutating | validating | the pod                                                           |
 * |----------|------------|-------------------------------------------------------------------|
 * | off      | off        | as it was sent                                                    |
 * | on       | off        | with what injection adds; nothing is replaced or lowered          |
 * | off      | on         | denied if the sent pod has a finding that denies                  |
 * | on       | on         | denied only if the sent pod has a finding that denies             |
 */
const SITUATIONS = cases(10_000);
const SEED = 17;

function injecting(one: Situation): Context {
  const { namespace = { labels: {}, annotations: {} } } = one;
  const labels = { ...namespace.labels, "gracekeeper.dev/inject": "enabled" };
  return contextOf({ ...one, namespace: { ...namespace, labels } });
}

function mutated(object: JsonObject, context: Context): JsonObject {
  const patch = patchIn(mutate(readReview(reviewOf(object)), context)) as unknown as Operation[];
  const after = structuredClone(object);
  const faults = applyPatch(after, patch).filter((fault) => fault !== null);
  if (faults.length > 0) throw new Error(`the patch does not apply: ${faults[0]}`);
  return after;
}

function deniedFor(object: JsonObject, context: Context): readonly string[] {
  const { response, record }: Decision = validate(readReview(reviewOf(object)), "enforce", context);
  return response.response.allowed ? [] : record.wouldDeny;
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

const isPod = ({ kind }: Situation): boolean => kind === "Pod";

t.test(`${SITUATIONS} pods with both webhooks on and off`, async (t) => {
  const seen = { patched: 0, denied: 0, both: 0 };
  const matrix = (one: Situation): void => {
    const context = injecting(one);
    const after = mutated(one.object, context);
    const [asSent, asPatched] = [deniedFor(one.object, context), deniedFor(after, context)];
    const patched = JSON.stringify(after) !== JSON.stringify(one.object);
    if (patched) seen.patched += 1;
    if (asSent.length > 0) seen.denied += 1;
    if (patched && asPatched.length > 0) seen.both += 1;
    expect(asSent.length > 0 || asPatched.length === 0, `injection brings ${asPatched}`);
    expect(patched || `${asSent}` === `${asPatched}`, "nothing was added, and the verdict is another");
    expect(
      JSON.stringify(mutated(after, context)) === JSON.stringify(after),
      "a second call changes it again",
    );
    expect(
      refusedByServer(one, { ...one, object: after }) === undefined,
      "the API server refuses what was added",
    );
    nothingLowered(one.object, after);
  };
  fc.assert(fc.property(situation.filter(isPod), matrix), { numRuns: SITUATIONS, seed: SEED });
  t.comment(`${seen.patched} patched, ${seen.denied} denied as sent, ${seen.both} patched and denied`);
  t.ok(Math.min(...Object.values(seen)) > SITUATIONS / 100, "each case is reached");
});

/** Checks that a hook or grace period of the original pod is not replaced or shortened. */
function nothingLowered(before: JsonObject, after: JsonObject): void {
  const [old, now] = [subjectOf(before).spec, subjectOf(after).spec];
  expect(graceOf(now) >= graceOf(old), "the grace is shorter");
  for (const list of ["containers", "initContainers"] as const) {
    for (const [place, container] of old[list].entries()) {
      const { preStop, ...rest } = now[list][place] ?? container;
      const { preStop: written, ...others } = container;
      const kept = written === undefined || JSON.stringify(preStop) === JSON.stringify(written);
      expect(kept, `the hook of ${container.name} is replaced`);
      const same =
        JSON.stringify({ ...rest, hasLifecycle: 0 }) === JSON.stringify({ ...others, hasLifecycle: 0 });
      expect(same, `${container.name} is changed elsewhere`);
    }
  }
}
