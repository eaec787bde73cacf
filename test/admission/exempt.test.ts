import t from "tap";
import type { Decision } from "../../src/admission/decision.ts";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { CONTEXT, podOf, reviewOf, shellHook } from "../reviews.ts";

const violator = podOf({
  terminationGracePeriodSeconds: 30,
  containers: [shellHook("sleep 45"), { name: "b" }],
});

function context(users: string[], namespaces: string[] = []): Context {
  return { ...CONTEXT, configuration: { ...CONTEXT.configuration, exempt: { users, namespaces } } };
}

function decide(exempt: Context, username: string, namespace = "shop"): Decision[] {
  const request: JsonObject = { userInfo: { username, groups: [] }, namespace };
  const review = readReview(reviewOf(violator, request));
  return [validate(review, "enforce", exempt), mutate(review, exempt)];
}

const isExempt = (exempt: Context, username: string, namespace?: string): boolean[] =>
  decide(exempt, username, namespace).map(({ record }) => record.reason.startsWith("exempt: "));

t.test("exempt users and namespaces are not judged or injected, and the log record says so", async (t) => {
  for (const [exempt, what] of [
    [context(["ann"]), 'user "ann"'],
    [context([], ["sh*"]), 'namespace "shop"'],
  ] as const) {
    for (const { response, record } of decide(exempt, "ann")) {
      const reason = `exempt: ${what}`;
      t.same(response.response, { uid: record.uid, allowed: true, auditAnnotations: { exempt: reason } });
      t.match(record, { action: "untouched", reason, findings: [], user: "ann" });
    }
  }
});

t.test("a pattern must match the whole name and is case-sensitive", async (t) => {
  const cases: readonly [string, string, boolean][] = [
    ["ann", "ann", true],
    ["ann", "anna", false],
    ["ann", "Ann", false],
    ["ann*", "ann", true],
    ["*", "", true],
    ["a*n", "an", true],
    ["a*a", "a", false],
    ["*-bot", "ci-bot", true],
    ["*-bot", "ci-bot2", false],
    ["system:serviceaccount:ci:*", "system:serviceaccount:ci:deployer", true],
    ["system:serviceaccount:ci:*", "system:serviceaccount:ci2:deployer", false],
    ["system:serviceaccount:ci:*", "x-system:serviceaccount:ci:deployer", false],
    ["ann", "ann\n", false],
    ["a.n", "ann", false],
  ];
  for (const [pattern, name, matches] of cases) {
    t.same(isExempt(context([pattern]), name), [matches, matches], `user ${pattern} ${name}`);
    t.same(isExempt(context([], [pattern]), "bob", name), [matches, matches], `namespace ${pattern} ${name}`);
  }
});

t.test("no field of an object makes the object exempt", async (t) => {
  const named = podOf(
    { ...(violator["spec"] as object) },
    { name: "ann", namespace: "free", labels: { user: "ann" } },
  );
  const review = readReview(reviewOf(named, { name: "ann", userInfo: { username: "bob", groups: ["ann"] } }));
  const exempt = context(["ann"], ["free"]);
  t.equal(validate(review, "enforce", exempt).record.action, "denied");
  t.equal(mutate(review, exempt).record.action, "patched");
});

t.test("the annotation of a mirror pod has an effect only if a node sends the pod", async (t) => {
  const mirror = podOf(
    { ...(violator["spec"] as object) },
    { annotations: { "kubernetes.io/config.mirror": "x" } },
  );
  const by = (username: string, groups: string[]) =>
    validate(readReview(reviewOf(mirror, { userInfo: { username, groups } })), "enforce", CONTEXT).record;
  t.match(by("system:node:a", ["system:nodes"]), { action: "untouched", reason: "mirror pod" });
  t.equal(by("system:node:a", ["system:authenticated"]).action, "denied", "the group counts, not the name");
});
