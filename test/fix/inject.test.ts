import fc from "fast-check";
import { applyPatch, type Operation } from "rfc6902";
import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { check } from "../../src/check/check.ts";
import type { CheckOptions } from "../../src/check/options.ts";
import { isSame } from "../../src/edit/change.ts";
import { applied } from "../../src/edit/edits.ts";
import { inject } from "../../src/fix/inject.ts";
import { itemsOf } from "../../src/manifest/objects.ts";
import { readDocuments } from "../../src/manifest/read.ts";
import { contextOf, type Situation, situation } from "../arbitraries/situations.ts";
import { cases } from "../cases.ts";
import { Random } from "../hook/random.ts";
import { patchIn, reviewOf } from "../reviews.ts";
import "../patience.ts";
import { manifestOf, styled } from "./styled.ts";

const TEXTS = cases(3000, 100);
const SEED = 14;

function optionsOf(one: Situation): CheckOptions {
  const { configuration, readHooks, namespace } = contextOf(one);
  return { configuration, readHooks, namespaces: new Map(namespace === undefined ? [] : [["", namespace]]) };
}

function valueIn(text: string): unknown {
  return [...readDocuments(text)].flatMap(itemsOf).find(({ value }) => nameIn(value) === "web")?.value;
}

function nameIn(value: unknown): unknown {
  return (value as { metadata?: { name?: unknown } }).metadata?.name;
}

/**
 * `inject` does not write the annotation gracekeeper.dev/injected, so `check` may report these findings for an injected
 * hook. The webhook does not report these findings for a hook that it injected itself.
 */
const OF_OWN_HOOKS = ["shutdown-too-short", "probe-grace-short", "bad-annotation"];

const counts = { texts: 0, pods: 0, added: 0, skipped: 0 };

/**
 * `inject` must add what `/mutate` adds, except for the annotation gracekeeper.dev/injected. Neither a second `inject`
 * nor the webhook may then change the pod.
 */
function checkOne(any: Situation, seed: number): void {
  const random = new Random(seed);
  const one = random.chance(0.9) ? { ...any, kubernetesMinor: 37 } : any;
  const { text, shares } = styled(manifestOf(one, "web"), random);
  const options = optionsOf(one);
  const { text: after, edits, added, skipped, faults } = inject(text, options);
  const fail = (what: string): never => {
    throw new Error(`${what}\n${text}\n=>\n${after}`);
  };
  if (faults.length > 0) fail(faults[0]?.text ?? "");
  if (applied(text, edits) !== after) fail("edits of another text");
  counts.texts += 1;
  counts.added += added.length;
  counts.skipped += skipped.length;
  const hasNoPlace = skipped.some((remark) => remark.text.includes("cannot be written into the manifest"));
  if (hasNoPlace && !shares) fail(skipped.map((remark) => remark.text).join());
  const again = inject(after, options);
  if (again.text !== after) fail(`a second run adds more:\n${again.text}`);
  const ids = (of: string) =>
    check(of, options)
      .findings.filter(({ action }) => action !== "Audit")
      .map(({ id }) => id);
  const brought = ids(text).length > 0 ? [] : ids(after).filter((id) => !OF_OWN_HOOKS.includes(id));
  if (brought.length > 0) fail(`brings ${brought}`);
  if (one.kind !== "Pod" || hasNoPlace) return;
  counts.pods += 1;
  const context = { ...contextOf(one), namespace: options.namespaces.get("") };
  const decision = mutate(readReview(reviewOf(valueIn(text))), context);
  const wanted = structuredClone(valueIn(text));
  const hasRecord = /"gracekeeper.dev\/injected"/.test(JSON.stringify(wanted));
  const operations = patchIn(decision).filter(({ path }) => hasRecord || !path.startsWith("/metadata"));
  applyPatch(wanted, operations as Operation[]);
  if (!isSame(wanted, valueIn(after))) fail(`is not what /mutate adds: ${JSON.stringify(wanted)}`);
  const later = mutate(readReview(reviewOf(valueIn(after))), context);
  if (patchIn(later).length > 0) fail(`the webhook would still add ${JSON.stringify(patchIn(later))}`);
}

t.test(`inject and /mutate add the same to ${TEXTS} generated manifests`, async (t) => {
  fc.assert(fc.property(situation, fc.integer(), checkOne), { numRuns: TEXTS, seed: SEED });
  t.comment(counts);
  t.ok(counts.added > TEXTS / 10, "some get a sleep");
  t.ok(counts.skipped > TEXTS / 4, "many do not");
  t.ok(counts.pods > TEXTS / 2, "most are pods, as the webhook gets them");
});
