import t from "tap";
import type { Decision } from "../../src/admission/decision.ts";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import type { TemplatePath } from "../../src/policy/model/workload.ts";
import { CONTEXT, reviewOf, shellHook } from "../reviews.ts";

/** An update is checked only if a relevant field has changed, and never denied for an old finding. */

const ENFORCED: Context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, templates: "Enforce" } };

const KINDS = [...WORKLOADS.filter(({ kind }) => kind !== "Pod"), ...CUSTOM_WORKLOADS].flatMap(
  ({ group, kind, templates }) => templates.map((place) => ({ group, kind, ...place })),
);

function around(path: TemplatePath, inner: unknown): object {
  return [...path].reverse().reduce((value, step) => {
    if (step === "[]") return [value];
    return step === "*" ? { Worker: value } : { [step]: value };
  }, inner) as object;
}

function deployment(template: unknown, metadata: JsonObject = {}, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", ...metadata },
    spec: { ...spec, template },
  };
}

function update(oldObject: unknown, object: JsonObject, context = ENFORCED): Decision {
  return validate(readReview(reviewOf(object, { operation: "UPDATE", oldObject })), "enforce", context);
}

const isDenied = (decision: Decision): boolean => !decision.response.response.allowed;

const bad = (name = "web", seconds = 45): JsonObject => shellHook(`sleep ${seconds}`, name);
const spec = (...containers: JsonObject[]): JsonObject => ({ terminationGracePeriodSeconds: 30, containers });

t.test("for every kind, a create is denied, and an update is denied only for new findings", async (t) => {
  for (const { group, kind, path, grace } of KINDS) {
    const object = (...containers: JsonObject[]): JsonObject => {
      const inner = { spec: { ...spec(...containers), ...(grace && { [grace.field]: 30 }) } };
      const apiVersion = group === "" ? "v1" : `${group}/v1`;
      return { apiVersion, kind, metadata: { name: "x" }, ...around(path, inner) };
    };
    const name = `${kind} ${path.join(".")}`;
    const create = validate(readReview(reviewOf(object(bad()))), "enforce", ENFORCED);
    t.equal(isDenied(create), true, name);
    t.equal(
      update(object({ name: "web" }), object({ name: "web", image: "2" })).record.action,
      "untouched",
      name,
    );
    t.equal(update(object(bad()), object(bad("web", 50))).record.action, "warned", `${name}: it was there`);
    t.equal(isDenied(update(object({ name: "web" }), object(bad()))), true, `${name}: it is new`);
    const both = update(object(bad()), object(bad(), bad("new")));
    t.equal(isDenied(both), true, `${name}: a new container`);
    const { causes } = (both.response.response.status as { details: { causes: { message: string }[] } })
      .details;
    t.equal(causes.length, 1, `${name}: only the new one`);
    t.match(causes[0]?.message, 'container "new"');
  }
});

t.test("a violating object accepts updates of fields that gracekeeper does not read", async (t) => {
  const template = { metadata: { labels: { app: "web" } }, spec: spec(bad()) };
  const before = deployment(template, { finalizers: ["a/b"] }, { replicas: 1 });
  const changes: Record<string, JsonObject> = {
    nothing: before,
    labels: deployment(template, { labels: { team: "x" } }),
    annotations: deployment(template, { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } }),
    finalizers: deployment(template, { finalizers: [] }),
    "the time of deletion": deployment(template, { deletionTimestamp: "2030-01-01T00:00:00Z" }),
    replicas: deployment(template, {}, { replicas: 9 }),
    "the strategy": deployment(template, {}, { strategy: { type: "Recreate" } }),
    "an image": deployment({ ...template, spec: spec({ ...bad(), image: "web:2" }) }),
    resources: deployment({ ...template, spec: spec({ ...bad(), resources: { limits: { cpu: "1" } } }) }),
    "labels of the template": deployment({ ...template, metadata: { labels: { app: "web", v: "2" } } }),
    "a restart": deployment({
      metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } },
      spec: spec(bad()),
    }),
    "env from elsewhere": deployment({
      spec: spec({ ...bad(), env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
    }),
    "a liveness probe": deployment({ ...template, spec: spec({ ...bad(), livenessProbe: {} }) }),
    "a priority": deployment({ ...template, spec: { ...spec(bad()), priorityClassName: "high" } }),
    "an empty list": deployment({ ...template, spec: { ...spec(bad()), initContainers: [] } }),
  };
  for (const [name, object] of Object.entries(changes)) {
    const { record, response } = update(before, object);
    t.equal(record.action, "untouched", name);
    t.equal(record.reason, "no relevant field changed", name);
    t.same(response.response, { uid: record.uid, allowed: true }, name);
  }
  for (const subResource of ["scale", "status"]) {
    const review = reviewOf(deployment({ spec: spec(bad("new")) }), {
      operation: "UPDATE",
      subResource,
      oldObject: before,
    });
    t.equal(validate(readReview(review), "enforce", ENFORCED).record.action, "untouched", subResource);
  }
});

t.test("an update of any field that gracekeeper reads is judged", async (t) => {
  const container = { name: "web", lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } } };
  const template = { spec: spec(container) };
  const probe = (seconds: number): JsonObject => ({ terminationGracePeriodSeconds: seconds });
  const changes: Record<string, unknown> = {
    grace: { spec: { ...spec(container), terminationGracePeriodSeconds: 31 } },
    restartPolicy: { spec: { ...spec(container), restartPolicy: "Never" } },
    preStop: { spec: spec({ ...container, lifecycle: { preStop: { exec: { command: ["sleep", "6"] } } } }) },
    postStart: {
      spec: spec({ ...container, lifecycle: { ...container.lifecycle, postStart: { exec: {} } } }),
    },
    "liveness grace": { spec: spec({ ...container, livenessProbe: probe(3) }) },
    "startup grace": { spec: spec({ ...container, startupProbe: probe(3) }) },
    name: { spec: spec({ ...container, name: "other" }) },
    env: { spec: spec({ ...container, env: [{ name: "A", value: "1" }] }) },
    ports: { spec: spec({ ...container, ports: [{ containerPort: 80 }] }) },
    readiness: { spec: spec({ ...container, readinessProbe: { tcpSocket: { port: 80 } } }) },
    "how long a proxy goes on": { spec: spec({ ...container, args: ["--max-sigterm-delay=20s"] }) },
    "an annotation of a proxy": {
      ...template,
      metadata: { annotations: { "kuma.io/sidecar-drain-time": "9s" } },
    },
    "a sidecar": { spec: { ...spec(container), initContainers: [{ name: "s", restartPolicy: "Always" }] } },
    "an annotation of ours": {
      ...template,
      metadata: { annotations: { "gracekeeper.dev/shutdown-seconds": "9" } },
    },
    "a label of ours": { ...template, metadata: { labels: { "gracekeeper.dev/inject": "disabled" } } },
  };
  for (const [name, changed] of Object.entries(changes))
    t.not(update(deployment(template), deployment(changed)).record.action, "untouched", name);
  const misplaced = deployment(template, { annotations: { "gracekeeper.dev/ignore": "hook-missing" } });
  t.equal(update(deployment(template), misplaced).record.action, "warned", "one on the workload");
});

t.test("when an update has a new finding", async (t) => {
  const one = deployment({ spec: spec(bad()) });
  const cases: readonly [string, JsonObject, JsonObject, boolean][] = [
    ["moved in its list", one, deployment({ spec: spec({ name: "a" }, bad()) }), false],
    ["renamed", one, deployment({ spec: spec(bad("other")) }), true],
    ["worse", one, deployment({ spec: spec(bad("web", 900)) }), false],
    [
      "another kind of finding",
      one,
      deployment({ spec: { ...spec(bad()), terminationGracePeriodSeconds: 0 } }),
      true,
    ],
    ["moved and joined by another", one, deployment({ spec: spec(bad("new"), bad()) }), true],
    [
      "it was silenced before",
      deployment({
        metadata: { annotations: { "gracekeeper.dev/ignore": "hook-over-grace" } },
        spec: spec(bad()),
      }),
      one,
      true,
    ],
  ];
  for (const [name, before, after, denied] of cases) t.equal(isDenied(update(before, after)), denied, name);
});

t.test("templates in a list are compared by name, not by index", async (t) => {
  const job = (name: string, container: JsonObject): JsonObject => ({
    name,
    template: { spec: { template: { spec: spec(container) } } },
  });
  const jobSet = (...replicatedJobs: JsonObject[]): JsonObject => ({
    apiVersion: "jobset.x-k8s.io/v1alpha2",
    kind: "JobSet",
    metadata: { name: "x" },
    spec: { replicatedJobs },
  });
  const before = jobSet(job("driver", bad()), job("workers", { name: "web" }));
  t.equal(
    isDenied(update(before, jobSet(job("workers", { name: "web" }), job("driver", bad("web", 46))))),
    false,
  );
  t.equal(
    isDenied(update(before, jobSet(job("workers", bad()), job("driver", bad())))),
    true,
    "another job has it",
  );
  t.equal(isDenied(update(before, jobSet(job("renamed", bad())))), true, "nobody knows that name");
  const wrong = { "gracekeeper.dev/shutdown-seconds": "10s" };
  const noted = (name: string): JsonObject => ({
    name,
    template: { spec: { template: { metadata: { annotations: wrong }, spec: spec({ name: "web" }) } } },
  });
  t.equal(isDenied(update(jobSet(noted("a")), jobSet(noted("b"), noted("a")))), true, "a new one");
  t.equal(
    isDenied(update(jobSet(noted("b"), noted("a")), jobSet(noted("a"), noted("b")))),
    false,
    "in another order",
  );
  const ray = (...workerGroupSpecs: JsonObject[]): JsonObject => ({
    apiVersion: "ray.io/v1",
    kind: "RayCluster",
    metadata: { name: "x" },
    spec: { workerGroupSpecs },
  });
  const group = (groupName: string, container = bad()): JsonObject => ({
    groupName,
    template: { spec: spec(container) },
  });
  const good = group("b", { name: "web" });
  t.equal(isDenied(update(ray(group("a"), good), ray(good, group("a", bad("web", 46))))), false);
  t.equal(isDenied(update(ray(group("a"), group("b")), ray(group("b"), group("a")))), false);
  t.equal(isDenied(update(ray(group("a")), ray(group("a"), group("b")))), true);
});

t.test("an update with a missing or malformed old object", async (t) => {
  const now = deployment({ spec: spec(bad()) });
  for (const old of [null, undefined, {}, { spec: null }, { spec: {} }, { spec: { template: null } }])
    t.equal(isDenied(update(old, now)), true, `${JSON.stringify(old)}: nothing was there`);
  t.throws(() => update({ spec: { template: { spec: [] } } }, now), { name: "BadRequest" });
  const rollout = { ...now, apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" };
  t.equal(isDenied(update({ spec: { template: { spec: [] } } }, rollout)), true, "it had no template");
  const without = deployment(undefined);
  t.equal(update(now, without).record.reason, "no pod template", "the template has gone");
});

t.test("an object that a controller made is only audited", async (t) => {
  const owned = { ownerReferences: [{ kind: "Deployment", name: "web", controller: true }] };
  const template = { spec: spec(bad()) };
  const replicaSet = { ...deployment(template, owned), kind: "ReplicaSet" };
  const { response, record } = validate(readReview(reviewOf(replicaSet)), "enforce", ENFORCED);
  t.equal(response.response.allowed, true);
  t.equal(response.response.warnings, undefined);
  t.equal(record.action, "audited");
  t.equal(record.owner, "Deployment/web");
  const loose = { ownerReferences: [{ kind: "Deployment", name: "web", controller: false }] };
  const other = { ...deployment(template, loose), kind: "ReplicaSet" };
  t.equal(
    isDenied(validate(readReview(reviewOf(other)), "enforce", ENFORCED)),
    true,
    "an owner that does not control it",
  );
});
