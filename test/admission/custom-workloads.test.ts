import t from "tap";
import { readSubjects, readTemplates } from "../../src/admission/pods/read-pod.ts";
import { CUSTOM_WORKLOADS, WORKLOADS, workloadOf } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { INJECT_LABEL } from "../../src/policy/model/keys.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { stepsOf, type TemplatePath } from "../../src/policy/model/workload.ts";
import { CONTEXT, reviewOf, shellHook } from "../reviews.ts";

const violator = { spec: { terminationGracePeriodSeconds: 30, containers: [shellHook("sleep 45")] } };

/**
 * A custom resource with the value `inner` at the field path `path`. Each list on the path has one item, and each
 * mapping has one key.
 */
function around(path: TemplatePath, inner: unknown): unknown {
  return [...path].reverse().reduce((value, step) => {
    if (step === "[]") return [value];
    return step === "*" ? { Worker: value } : { [step]: value };
  }, inner);
}

function objectOf(group: string, kind: string, content: unknown): JsonObject {
  return { apiVersion: `${group}/v1`, kind, metadata: { name: "x" }, ...(content as object) };
}

const decide = (object: JsonObject, mode: "enforce" | "warn" = "enforce", context: Context = CONTEXT) =>
  validate(readReview(reviewOf(object)), mode, context);

t.test("findings of each template in a custom resource have the path of that template", async (t) => {
  for (const { group, kind, templates } of CUSTOM_WORKLOADS) {
    for (const { path, grace } of templates) {
      const inner = grace === undefined ? violator : { spec: { ...violator.spec, [grace.field]: 30 } };
      const at = path.join(".").replaceAll(".[]", "[0]").replace("*", "Worker");
      const { response, record } = decide(objectOf(group, kind, around(path, inner)));
      t.same(record.findings, ["hook-over-grace"], `${kind} ${at}`);
      const field = grace?.field ?? "terminationGracePeriodSeconds";
      t.match(response.response.warnings?.[0], /^pods will be rejected: /);
      t.match(response.response.warnings?.[0], `set ${at}.spec.${field}: 55`, `${kind} ${at}`);
      t.equal(response.response.allowed, true, kind);
    }
  }
});

t.test("a missing grace period is 30 s, and for Knative the default of a revision", async (t) => {
  const hook = (text: string): JsonObject => ({ spec: { containers: [shellHook(text)] } });
  const findings = (group: string, kind: string, text: string, more: JsonObject = {}) => {
    const inner = { spec: { ...(hook(text)["spec"] as object), ...more } };
    return decide(objectOf(group, kind, { spec: { template: inner } })).record.findings;
  };
  t.same(findings("argoproj.io", "Rollout", "sleep 30; true"), ["no-shutdown-time"]);
  t.same(findings("serving.knative.dev", "Service", "sleep 289; true"), []);
  t.same(findings("serving.knative.dev", "Service", "sleep 300; true"), ["no-shutdown-time"]);
  t.same(findings("serving.knative.dev", "Service", "sleep 300; true", { timeoutSeconds: 0 }), [
    "no-shutdown-time",
  ]);
  t.same(findings("serving.knative.dev", "Service", "sleep 30; true", { timeoutSeconds: 30 }), [
    "no-shutdown-time",
  ]);
  const ignored = { terminationGracePeriodSeconds: 30 };
  t.same(
    findings("serving.knative.dev", "Service", "sleep 45; true", ignored),
    [],
    "Knative does not read it",
  );
});

t.test("gracekeeper judges the restartPolicy that the controller sets in the pods", async (t) => {
  const policyIn = (group: string, kind: string, content: JsonObject) => {
    const workload = workloadOf(group, kind, CONTEXT.configuration);
    return workload && readSubjects(content, workload)[0]?.spec.restartPolicy;
  };
  const torch = (role: JsonObject) =>
    policyIn("kubeflow.org", "PyTorchJob", { spec: { pytorchReplicaSpecs: { Worker: role } } });
  t.equal(torch({ template: { spec: {} } }), "Never");
  t.equal(torch({ template: { spec: { restartPolicy: "Always" } } }), "Never", "the role overrides it");
  t.equal(torch({ template: { spec: {} }, restartPolicy: "Always" }), "Always");
  t.equal(torch({ template: { spec: {} }, restartPolicy: "ExitCode" }), "Never");
  const spark = { spec: { driver: { template: { spec: { restartPolicy: "Always" } } } } };
  t.equal(policyIn("sparkoperator.k8s.io", "SparkApplication", spark), "Never");
  const jobs = (spec: JsonObject) => ({
    spec: { replicatedJobs: [{ template: { spec: { template: { spec } } } }] },
  });
  t.equal(policyIn("jobset.x-k8s.io", "JobSet", jobs({})), "Never");
  t.equal(policyIn("jobset.x-k8s.io", "JobSet", jobs({ restartPolicy: "OnFailure" })), "OnFailure");
  t.equal(policyIn("argoproj.io", "Rollout", { spec: { template: { spec: {} } } }), undefined);
});

t.test("the kind of its owner decides whether a pod gets a sleep", async (t) => {
  const serving = { spec: { containers: [{ name: "web", ports: [{ containerPort: 80 }] }] } };
  const namespace = namespaceOf("shop", { [INJECT_LABEL]: "enabled" }, {});
  const owners: readonly (readonly [string, string, string])[] = [
    ["argoproj.io Rollout", "spec.template", "ReplicaSet"],
    ["argoproj.io Experiment", "spec.templates[].template", "ReplicaSet"],
    ["apps.kruise.io CloneSet", "spec.template", "CloneSet"],
    ["apps.kruise.io StatefulSet", "spec.template", "StatefulSet"],
    ["apps.kruise.io DaemonSet", "spec.template", "DaemonSet"],
    ["apps.kruise.io UnitedDeployment", "spec.template.deploymentTemplate.spec.template", "ReplicaSet"],
    ["apps.kruise.io UnitedDeployment", "spec.template.cloneSetTemplate.spec.template", "CloneSet"],
    ["leaderworkerset.x-k8s.io LeaderWorkerSet", "spec.leaderWorkerTemplate.leaderTemplate", "StatefulSet"],
    ["ray.io RayCluster", "spec.headGroupSpec.template", "RayCluster"],
    ["ray.io RayJob", "spec.rayClusterSpec.headGroupSpec.template", "RayCluster"],
    ["ray.io RayService", "spec.rayClusterConfig.workerGroupSpecs[].template", "RayCluster"],
  ];
  for (const [name, path, owner] of owners) {
    const [group = "", kind = ""] = name.split(" ");
    const object = objectOf(group, kind, around(stepsOf(path), serving));
    const findings = (...skipOwners: string[]) => {
      const inject = { ...CONTEXT.configuration.inject, skipOwners };
      const context = { ...CONTEXT, namespace, configuration: { ...CONTEXT.configuration, inject } };
      return decide(object, "enforce", context).record.findings;
    };
    t.same(findings(), [], `${name} gets one`);
    t.same(findings(owner), ["hook-missing"], `${name}: not where ${owner} is skipped`);
  }
});

t.test("if the controller adds a hook, hook-missing is not reported and nothing is injected", async (t) => {
  const serving = { name: "web", ports: [{ containerPort: 8080 }] };
  const template = {
    metadata: { annotations: { "gracekeeper.dev/shutdown-seconds": "20" } },
    spec: { containers: [serving], timeoutSeconds: 10 },
  };
  for (const labels of [{}, { [INJECT_LABEL]: "enabled" }] as Record<string, string>[]) {
    const context = { ...CONTEXT, namespace: namespaceOf("shop", labels, {}) };
    const { record } = decide(
      objectOf("serving.knative.dev", "Service", { spec: { template } }),
      "enforce",
      context,
    );
    t.same(record.findings, [], JSON.stringify(labels));
  }
});

t.test("in a custom resource, a value with another shape is not a template and not an error", async (t) => {
  const shapes: readonly unknown[] = ["x", 7, true, [], [violator], null];
  const insides: readonly JsonObject[] = [
    { spec: "x" },
    { spec: [] },
    { spec: { containers: {} } },
    { spec: { containers: ["x"] } },
    { spec: { terminationGracePeriodSeconds: "30", containers: [] } },
    { metadata: [], spec: {} },
    { metadata: { annotations: { a: 1 } } },
    { spec: { containers: [{ lifecycle: { preStop: { exec: { command: "sleep 5" } } } }] } },
  ];
  for (const { group, kind, templates } of CUSTOM_WORKLOADS) {
    for (const { path } of templates) {
      for (const operation of ["CREATE", "UPDATE"]) {
        for (const [index] of path.entries()) {
          for (const shape of shapes) {
            const object = objectOf(group, kind, around(path.slice(0, index + 1), shape) as object);
            const review = readReview(reviewOf(object, { operation, oldObject: object }));
            const { response, record } = validate(review, "enforce", CONTEXT);
            t.equal(response.response.allowed, true);
            t.equal(record.action, "untouched", JSON.stringify(object));
          }
        }
        for (const inside of insides) {
          const object = objectOf(group, kind, around(path, inside) as object);
          const { record } = validate(readReview(reviewOf(object, { operation })), "enforce", CONTEXT);
          t.equal(record.action, "untouched");
          t.match(
            record.reason,
            /^no pod template: .* must be (an object|a list|a string|a whole number), not /,
          );
        }
      }
    }
  }
});

t.test("a template that cannot be read does not hide the other templates", async (t) => {
  const template = (inner: unknown) => ({ template: { spec: { template: inner } } });
  const replicatedJobs = [template({ spec: { containers: "x" } }), "x", template(violator)];
  const { record, response } = decide(objectOf("jobset.x-k8s.io", "JobSet", { spec: { replicatedJobs } }));
  t.match(
    response.response.warnings?.[0],
    "set spec.replicatedJobs[2].template.spec.template.spec.termination",
  );
  t.match(
    record.reason,
    /^a template was not read: spec\.replicatedJobs\[0\]\.template\.spec\.template\.spec\.containers/,
  );
});

t.test("in built-in kinds, a template with another shape is refused", async (t) => {
  for (const { group, kind, templates } of WORKLOADS) {
    for (const { path } of templates) {
      for (const [index] of path.entries()) {
        const object = {
          ...(around(path.slice(0, index + 1), "x") as object),
          apiVersion: `${group}/v1`,
          kind,
        };
        t.throws(() => readTemplates(object, { group, kind, templates, custom: false }), {
          name: "BadRequest",
        });
      }
    }
  }
});

t.test("rows of `workloads` in the configuration add custom resources", async (t) => {
  const row = (group: string, kind: string, ...templates: string[]) => ({ group, kind, templates });
  const workloads = [
    row("example.com", "Farm", "spec.template", "spec.jobs[].template", "spec.roles.*.template"),
    row("example.com", "Farm", "spec.template", "spec.late.template"),
    row("example.com", "Bare", "constructor", "spec.items[]"),
    row("apps", "Deployment", "spec.elsewhere"),
    row("argoproj.io", "Rollout", "spec.elsewhere"),
  ];
  const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, workloads } };
  const spec = {
    template: violator,
    jobs: [{ template: violator }],
    roles: { ps: { template: violator } },
    late: { template: violator },
  };
  const { response } = decide(objectOf("example.com", "Farm", { spec }), "warn", context);
  const paths = ["spec.template", "spec.jobs[0].template", "spec.roles.ps.template", "spec.late.template"];
  t.same(
    response.response.warnings?.map((text) => /set (\S+)\.spec\.termination/.exec(text)?.[1]),
    paths,
    "each once",
  );
  const strict = { ...context, configuration: { ...context.configuration, templates: "Enforce" as const } };
  const { status } = decide(objectOf("example.com", "Farm", { spec }), "enforce", strict).response.response;
  t.equal((status as { details: { causes: unknown[] } }).details.causes.length, paths.length, "each once");
  const bare = decide(objectOf("example.com", "Bare", { spec: { items: [violator] } }), "warn", context);
  t.match(bare.response.response.warnings?.[0], "set spec.items[0].spec.termination");
  for (const [group, kind] of [
    ["apps", "Deployment"],
    ["argoproj.io", "Rollout"],
  ] as const) {
    const elsewhere = decide(objectOf(group, kind, { spec: { elsewhere: violator } }), "warn", context);
    t.equal(elsewhere.record.action, "untouched", `${kind} keeps its row`);
    const own = decide(objectOf(group, kind, { spec: { template: violator } }), "warn", context);
    t.equal(own.record.action, "warned");
  }
  t.equal(workloadOf("example.com", "Farms", context.configuration), undefined);
  t.equal(workloadOf("", "Farm", context.configuration), undefined);
});

t.test(
  "several templates get one denial: each finding has its path, and equal texts appear once",
  async (t) => {
    const farm = { group: "example.com", kind: "Farm", templates: ["spec.jobs[].template"] };
    const configuration = { ...CONTEXT.configuration, workloads: [farm] };
    const jobs = [{ template: violator }, { template: violator }, { template: { spec: { containers: [] } } }];
    const metadata = { name: "x", annotations: { "gracekeeper.dev/shutdown-seconds": "5" } };
    const object = { ...objectOf("example.com", "Farm", { spec: { jobs } }), metadata };
    const warned = decide(object, "enforce", { ...CONTEXT, configuration }).response.response;
    t.equal(warned.warnings?.length, 3);
    t.match(
      warned.warnings?.[2],
      /^metadata\.annotations\["gracekeeper\.dev\/shutdown-seconds"\]: does nothing here/,
    );
    const strict = { ...CONTEXT, configuration: { ...configuration, templates: "Enforce" as const } };
    const denied = decide(object, "enforce", strict).response.response as {
      allowed: boolean;
      status?: JsonObject;
    };
    t.equal(denied.allowed, false);
    const { message, details } = denied.status as {
      message: string;
      details: { causes: { field: string }[] };
    };
    t.match(message, "Set spec.jobs[0].template.spec.terminationGracePeriodSeconds: 55");
    t.match(message, "Set spec.jobs[1].template.spec.terminationGracePeriodSeconds: 55");
    t.same(
      details.causes.map(({ field }) => field),
      [0, 1].map((index) => `spec.jobs[${index}].template.spec.terminationGracePeriodSeconds`),
    );
  },
);

t.test("a misplaced annotation never denies, whatever its action in the configuration", async (t) => {
  const configuration = {
    ...CONTEXT.configuration,
    templates: "Enforce" as const,
    actions: new Map([["bad-annotation", "Deny" as const]]),
  };
  const metadata = { name: "x", annotations: { "gracekeeper.dev/ignore": "hook-missing" } };
  const object = { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template: { spec: {} } } };
  const { allowed, warnings } = decide(object, "enforce", { ...CONTEXT, configuration }).response.response;
  t.equal(allowed, true);
  t.match(warnings?.[0], /^metadata\.annotations/);
});
