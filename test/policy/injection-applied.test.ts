import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import { CONTEXT, patchIn, podOf, reviewOf, subjectOf } from "../reviews.ts";
import { patched } from "./injection-rules.ts";

/** Tests bare pods that are created by `kubectl apply`. Injection must not make a later apply of the same file fail. */

const GRACE = "terminationGracePeriodSeconds";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const HOOKLESS = { containers: [{ name: "web" }] };

/** The object that `kubectl apply` sends. */
function byClient(spec: JsonObject, annotations: JsonObject = {}): JsonObject {
  const text = `${JSON.stringify(podOf(spec, { annotations }))}\n`;
  return podOf({ [GRACE]: 30, ...spec }, { annotations: { ...annotations, [LAST_APPLIED]: text } });
}

/** The object that the API server makes from `kubectl apply --server-side`. */
function byServer(spec: JsonObject, operation = "Apply"): JsonObject {
  const fields = Object.fromEntries(Object.keys(spec).map((key) => [`f:${key}`, {}]));
  const entry = { manager: "kubectl", operation, fieldsType: "FieldsV1", fieldsV1: { "f:spec": fields } };
  return podOf({ [GRACE]: 30, ...spec }, { managedFields: [entry] });
}

function decide(pod: JsonObject, configuration: Partial<Configuration> = {}) {
  const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, ...configuration } };
  return mutate(readReview(reviewOf(pod)), context);
}

/** The grace period that the patch sets, `stays` if it sets none, or the reason why there is no patch. */
function outcome(pod: JsonObject, configuration?: Partial<Configuration>): unknown {
  const decided = decide(pod, configuration);
  if (decided.record.skipped !== undefined) return decided.record.skipped;
  return patchIn(decided).find(({ path }) => path === `/spec/${GRACE}`)?.value ?? "stays";
}

t.test("a grace period in the applied file stays; a default one is raised", async (t) => {
  for (const make of [byClient, byServer]) {
    t.equal(outcome(make({ ...HOOKLESS, [GRACE]: 30 })), "stays", make.name);
    t.equal(outcome(make(HOOKLESS)), 40, make.name);
  }
  t.equal(outcome(byServer({ ...HOOKLESS, [GRACE]: 30 }, "Update")), 40, "kubectl create");
  t.equal(outcome(podOf({ ...HOOKLESS, [GRACE]: 30 })), 40);
  t.equal(outcome(byClient({ ...HOOKLESS, [GRACE]: null })), 40, "null is not a number");
  const [warning] = decide(byClient({ ...HOOKLESS, [GRACE]: 30 })).response.response.warnings ?? [];
  t.match(warning, "added preStop sleep 10s, grace stays 30s;");
});

t.test("an applied grace period must be at least N + max(S, 10)", async (t) => {
  const asking = (grace: number) =>
    byClient({ ...HOOKLESS, [GRACE]: grace }, { "gracekeeper.dev/shutdown-seconds": "25" });
  t.equal(outcome(byClient({ ...HOOKLESS, [GRACE]: 20 })), "stays");
  t.equal(outcome(byClient({ ...HOOKLESS, [GRACE]: 19 })), "applied-grace");
  t.equal(outcome(asking(35)), "stays");
  t.equal(outcome(asking(34)), "applied-grace");
  t.equal(outcome(asking(34), { prestopSleepSeconds: 9 }), "stays");
  t.equal(outcome(byClient({ ...HOOKLESS, [GRACE]: 20 }), { strategy: "Fit" }), "stays");
  t.equal(
    outcome(byClient({ ...HOOKLESS, [GRACE]: 30 }), { maxGraceSeconds: 30 }),
    "stays",
    "nothing is raised",
  );
});

t.test("the applied configuration of a controller's pod is ignored", async (t) => {
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: "web", controller: true }];
  for (const make of [byClient, byServer]) {
    const pod = make({ ...HOOKLESS, [GRACE]: 30 });
    const owned = { ...pod, metadata: { ...(pod["metadata"] as JsonObject), ownerReferences } };
    t.equal(outcome(owned), 40, make.name);
  }
});

t.test("a second call changes nothing, unless another webhook has changed the grace period", async (t) => {
  const pod = byClient({ ...HOOKLESS, [GRACE]: 30 });
  const after = patched(pod, patchIn(decide(pod)));
  t.equal(outcome(after), "already-added");
  const spec = after["spec"] as JsonObject;
  t.equal(outcome({ ...after, spec: { ...spec, [GRACE]: 5 } }), 15, "the sleep must fit");
  const more = [...(spec["containers"] as JsonObject[]), { name: "agent" }];
  t.equal(outcome({ ...after, spec: { ...spec, containers: more } }), "stays");
});

t.test("unreadable applied configurations are ignored and cost little", async (t) => {
  const grace = { ...HOOKLESS, [GRACE]: 30 };
  const read = (metadata: JsonObject) => subjectOf(podOf(grace, metadata)).graceApplied;
  const annotated = (text: string) => read({ annotations: { [LAST_APPLIED]: text } });
  t.equal(annotated(`{"spec":{"${GRACE}":30}}`), true);
  for (const text of [
    "",
    GRACE,
    `{"${GRACE}":30}`,
    `{"spec":{"${GRACE}":"30"}}`,
    `["${GRACE}"]`,
    `{"spec":[]}`,
  ])
    t.equal(annotated(text), false, text);
  t.equal(annotated(`{"spec":{"${GRACE}":30,"a":"${"x".repeat(64 * 1024)}"}}`), false, "too long");
  const entry = { operation: "Apply", fieldsV1: { "f:spec": { [`f:${GRACE}`]: {} } } };
  t.equal(read({ managedFields: [{ operation: "Update" }, entry] }), true);
  t.equal(read({ managedFields: [...Array(20).fill({}), entry] }), false, "too many");
  for (const managedFields of [
    null,
    "x",
    [null, 1, "x"],
    [{ ...entry, fieldsV1: null }],
    [{ operation: "Apply" }],
  ])
    t.equal(read({ managedFields }), false, JSON.stringify(managedFields));
});
