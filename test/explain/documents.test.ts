import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  V1Container,
  V1DaemonSet,
  V1DaemonSetSpec,
  V1Deployment,
  V1DeploymentSpec,
  V1ExecAction,
  V1Job,
  V1JobSpec,
  V1Lifecycle,
  V1LifecycleHandler,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1Probe,
  V1ReplicaSet,
  V1ReplicaSetSpec,
  V1ReplicationController,
  V1ReplicationControllerSpec,
  V1SleepAction,
  V1StatefulSet,
  V1StatefulSetSpec,
} from "@kubernetes/client-node";
import t from "tap";
import { workloadOf } from "../../src/admission/pods/workloads.ts";
import { explain } from "../../src/explain/explain.ts";
import { lostFields } from "../../src/explain/lost-fields.ts";
import { explanationText } from "../../src/explain/text.ts";
import type { JsonObject } from "../../src/json.ts";
import { valuesOf } from "../manifest/values.ts";
import { CONTEXT, podOf } from "../reviews.ts";

/** Tests input as people have it: lists from `kubectl get -o json` and from clients, and misplaced fields. */

const titles = (...documents: readonly unknown[]): readonly string[] =>
  explain(documents, CONTEXT).documents.map((one) =>
    "error" in one ? `${one.document}: ${one.error}` : one.document,
  );

const template = { spec: { containers: [{ name: "web" }] } };

t.test("a list is explained item by item", async (t) => {
  const named = (name: string): JsonObject => ({ metadata: { name }, spec: { template } });
  const whole = { apiVersion: "apps/v1", kind: "StatefulSet", ...named("db") };
  t.same(
    titles(
      { apiVersion: "apps/v1", kind: "DeploymentList", items: [named("a"), null, named("b"), whole, 7] },
      { apiVersion: "v1", kind: "List", items: [whole, named("untyped")] },
      { apiVersion: "argoproj.io/v1alpha1", kind: "RolloutList", items: [named("c")] },
      [whole, podOf(template.spec)],
    ),
    [
      'Deployment "a"',
      'Deployment "b"',
      'StatefulSet "db"',
      "document 4: this is a number, not a Kubernetes object: is the indentation right?",
      'StatefulSet "db"',
      "document 6: the object must have an apiVersion and a kind: is the manifest complete?",
      'Rollout "c"',
      'StatefulSet "db"',
      'Pod "web"',
    ],
  );
  t.throws(
    () => explain([{ apiVersion: "v1", kind: "PodList", items: [] }], CONTEXT),
    /the manifest has no document/,
  );
});

/** Maps the path of each misplaced field to its right path. The common beginning of both paths is removed. */
function lost(object: JsonObject): Readonly<Record<string, string>> {
  const [group = "", version] = String(object["apiVersion"]).split("/");
  const workload = workloadOf(
    version === undefined ? "" : group,
    String(object["kind"]),
    CONTEXT.configuration,
  );
  if (workload === undefined) throw new Error("a kind without pods");
  return Object.fromEntries(lostFields(object, workload).map(({ path, rightPath }) => [path, rightPath]));
}

const ofContainer = (container: JsonObject): Readonly<Record<string, string>> =>
  lost(podOf({ containers: [{ name: "web" }, container] }));

const SECOND = "spec.containers[1]";

t.test("a misplaced field is named with its right path", async (t) => {
  const sleep = { sleep: { seconds: 5 } };
  t.same(ofContainer({ preStop: sleep }), { [`${SECOND}.preStop`]: `${SECOND}.lifecycle.preStop` });
  t.same(ofContainer({ lifecycle: { prestop: sleep, "post-start": sleep } }), {
    [`${SECOND}.lifecycle.prestop`]: `${SECOND}.lifecycle.preStop`,
    [`${SECOND}.lifecycle.post-start`]: `${SECOND}.lifecycle.postStart`,
  });
  t.same(ofContainer({ lifeCycle: {}, preStopHook: {} }), {
    [`${SECOND}.lifeCycle`]: `${SECOND}.lifecycle`,
    [`${SECOND}.preStopHook`]: `${SECOND}.lifecycle.preStop`,
  });
  t.same(ofContainer({ terminationGracePeriodSeconds: 60, lifecycle: { gracePeriodSeconds: 60 } }), {
    [`${SECOND}.terminationGracePeriodSeconds`]: "spec.terminationGracePeriodSeconds",
    [`${SECOND}.lifecycle.gracePeriodSeconds`]: "spec.terminationGracePeriodSeconds",
  });
  t.same(ofContainer({ lifecycle: { preStop: { command: ["a"] }, postStart: { seconds: 5 } } }), {
    [`${SECOND}.lifecycle.preStop.command`]: `${SECOND}.lifecycle.preStop.exec.command`,
    [`${SECOND}.lifecycle.postStart.seconds`]: `${SECOND}.lifecycle.postStart.sleep.seconds`,
  });
  t.same(ofContainer({ lifecycle: { exec: {}, preStop: { sleep: { second: 5 }, httpget: {} } } }), {
    [`${SECOND}.lifecycle.exec`]: `${SECOND}.lifecycle.preStop.exec`,
    [`${SECOND}.lifecycle.preStop.httpget`]: `${SECOND}.lifecycle.preStop.httpGet`,
    [`${SECOND}.lifecycle.preStop.sleep.second`]: `${SECOND}.lifecycle.preStop.sleep.seconds`,
  });
  t.same(ofContainer({ livenessProbe: { terminationGracePeriod: 5 } }), {
    [`${SECOND}.livenessProbe.terminationGracePeriod`]: `${SECOND}.livenessProbe.terminationGracePeriodSeconds`,
  });
  t.same(lost(podOf({ container: [], lifecycle: {}, preStop: {} })), {
    "spec.container": "spec.containers",
    "spec.lifecycle": "spec.containers[N].lifecycle",
    "spec.preStop": "spec.containers[N].lifecycle.preStop",
  });
  t.same(lost(podOf({ containers: [{}], preStop: {} })), {
    "spec.preStop": "spec.containers[0].lifecycle.preStop",
  });
});

t.test("fields above the pod spec are also reported as misplaced, except in custom resources", async (t) => {
  const grace = { terminationGracePeriodSeconds: 60 };
  const cron = { apiVersion: "batch/v1", kind: "CronJob" };
  const jobTemplate = { spec: { ...grace, template: { ...grace, metadata: grace, ...template } } };
  const right = "spec.jobTemplate.spec.template.spec.terminationGracePeriodSeconds";
  t.same(lost({ ...cron, ...grace, spec: { ...grace, jobTemplate } }), {
    terminationGracePeriodSeconds: right,
    "spec.terminationGracePeriodSeconds": right,
    "spec.jobTemplate.spec.terminationGracePeriodSeconds": right,
    "spec.jobTemplate.spec.template.terminationGracePeriodSeconds": right,
    "spec.jobTemplate.spec.template.metadata.terminationGracePeriodSeconds": right,
  });
  const spec = { lifecycle: {}, ...grace, template: { spec: { containers: [{ prestop: {} }] } } };
  t.same(lost({ apiVersion: "apps.kruise.io/v1alpha1", kind: "CloneSet", spec }), {
    "spec.template.spec.containers[0].prestop": "spec.template.spec.containers[0].lifecycle.preStop",
  });
  const bare = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec: template.spec };
  t.equal(
    explanationText(explain([bare], CONTEXT)),
    'Deployment "web": the object has no pod template\n\nIgnored, because Kubernetes does not have these fields:\n  spec.containers: write spec.template.spec.containers\n',
  );
});

/** An object with every field of this type, as client-node knows the fields. */
function everyField(type: { getAttributeTypeMap(): { baseName: string }[] }): JsonObject {
  return Object.fromEntries(type.getAttributeTypeMap().map(({ baseName }) => [baseName, {}]));
}

t.test("no valid field of Kubernetes is reported as misplaced", async (t) => {
  const handler = {
    ...everyField(V1LifecycleHandler),
    exec: everyField(V1ExecAction),
    sleep: everyField(V1SleepAction),
  };
  const container = {
    ...everyField(V1Container),
    lifecycle: { ...everyField(V1Lifecycle), preStop: handler, postStart: handler },
    livenessProbe: everyField(V1Probe),
    startupProbe: everyField(V1Probe),
  };
  const metadata = everyField(V1ObjectMeta);
  const pod = {
    metadata,
    spec: { ...everyField(V1PodSpec), containers: [container], initContainers: [container] },
  };
  const kinds = {
    Deployment: ["apps/v1", V1Deployment, V1DeploymentSpec],
    StatefulSet: ["apps/v1", V1StatefulSet, V1StatefulSetSpec],
    DaemonSet: ["apps/v1", V1DaemonSet, V1DaemonSetSpec],
    ReplicaSet: ["apps/v1", V1ReplicaSet, V1ReplicaSetSpec],
    ReplicationController: ["v1", V1ReplicationController, V1ReplicationControllerSpec],
    Job: ["batch/v1", V1Job, V1JobSpec],
  } as const;
  t.same(lost({ ...everyField(V1Pod), ...pod, apiVersion: "v1", kind: "Pod" }), {});
  for (const [kind, [apiVersion, type, specType]] of Object.entries(kinds)) {
    const spec = { ...everyField(specType), template: pod };
    t.same(lost({ ...everyField(type), metadata, apiVersion, kind, spec }), {}, kind);
  }
});

t.test("gracekeeper's own manifests have no misplaced field", async (t) => {
  for (const folder of ["examples", "manifests"]) {
    const root = join(import.meta.dirname, "../..", folder);
    for (const file of readdirSync(root).filter((one) => one.endsWith(".yaml")))
      for (const object of valuesOf(readFileSync(join(root, file), "utf8")) as JsonObject[])
        if (["Pod", "Deployment"].includes(String(object["kind"]))) t.same(lost(object), {}, file);
  }
});
