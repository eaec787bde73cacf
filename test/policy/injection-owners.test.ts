import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { CUSTOM_WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import type { JsonObject } from "../../src/json.ts";
import { mayCompare, SAFE_OWNERS } from "../../src/policy/injection/owners.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import { CONTEXT, podOf, reviewOf } from "../reviews.ts";

/**
 * Tests which owners' pods get a sleep. An operator that compares its pods with its own template would delete a changed
 * pod.
 */

type Inject = Partial<Configuration["inject"]>;

/** `patched`, or the reason why the pod of this owner gets no patch. */
function outcome(apiVersion: string, kind: string, inject: Inject = {}, owner: JsonObject = {}): string {
  const reference = { apiVersion, kind, name: "web", controller: true, ...owner };
  const pod = podOf({ containers: [{ name: "web" }] }, { ownerReferences: [reference] });
  const { configuration } = CONTEXT;
  const context = {
    ...CONTEXT,
    configuration: { ...configuration, inject: { ...configuration.inject, ...inject } },
  };
  const { record } = mutate(readReview(reviewOf(pod)), context);
  return record.skipped ?? record.action;
}

t.test("an owner is matched by group and kind", async (t) => {
  t.equal(outcome("apps/v1", "ReplicaSet"), "patched");
  t.equal(outcome("apps/v1beta2", "StatefulSet"), "patched", "in every version");
  t.equal(outcome("v1", "ReplicationController"), "patched");
  t.equal(outcome("apps.kruise.io/v1beta1", "StatefulSet"), "patched");
  t.equal(outcome("apps.pingcap.com/v1", "StatefulSet"), "patched");
  t.equal(outcome("example.com/v1", "StatefulSet"), "owner-may-compare");
  t.equal(outcome("v1", "StatefulSet"), "owner-may-compare");
  t.equal(outcome("postgresql.cnpg.io/v1", "Cluster"), "patched");
  t.equal(outcome("example.com/v1", "Cluster"), "owner-may-compare");
  t.equal(
    outcome("ray.io", "RayCluster"),
    "owner-may-compare",
    "an apiVersion without a version is no group",
  );
  for (const { group, kind } of SAFE_OWNERS)
    t.equal(outcome(`${group}/v1`, kind, { skipOwners: [] }), "patched", `${group}/${kind}`);
});

t.test("the configuration adds owners whose pods get a sleep", async (t) => {
  const kafka = ["kafka.banzaicloud.io/v1beta1", "KafkaCluster"] as const;
  const owners = [{ group: "kafka.banzaicloud.io", kind: "KafkaCluster" }];
  t.equal(outcome(...kafka), "owner-may-compare");
  t.equal(outcome(...kafka, { owners }), "patched");
  t.equal(
    outcome(...kafka, { owners: [{ group: "example.com", kind: "KafkaCluster" }] }),
    "owner-may-compare",
  );
  t.equal(outcome(...kafka, { otherOwners: "All" }), "patched");
  t.equal(outcome(...kafka, { otherOwners: "None", owners }), "patched");
  t.equal(outcome("ray.io/v1", "RayCluster", { otherOwners: "None" }), "owner-may-compare");
  t.equal(outcome("apps/v1", "ReplicaSet", { otherOwners: "None" }), "patched");
});

t.test("skipOwners takes precedence over other owner settings", async (t) => {
  t.equal(outcome("apps.kruise.io/v1beta1", "DaemonSet"), "owner");
  const skipOwners = ["RayCluster"];
  const owners = [{ group: "ray.io", kind: "RayCluster" }];
  t.equal(outcome("ray.io/v1", "RayCluster", { skipOwners, owners, otherOwners: "All" }), "owner");
  t.equal(outcome("batch.volcano.sh/v1alpha1", "Job", { skipOwners: [], otherOwners: "All" }), "owner");
});

t.test("an owner that is not the controller of the pod is ignored", async (t) => {
  for (const controller of [false, undefined, null])
    t.equal(outcome("example.com/v1", "Cluster", {}, { controller }), "patched");
});

t.test("the owner is not the reason if the pod already has a hook", async (t) => {
  const ownerReferences = [{ apiVersion: "example.com/v1", kind: "Farm", name: "web", controller: true }];
  const hooked = { name: "web", lifecycle: { preStop: { exec: { command: ["/drain.sh"] } } } };
  const pod = podOf({ containers: [hooked] }, { ownerReferences });
  t.equal(mutate(readReview(reviewOf(pod)), CONTEXT).record.skipped, "has-hook");
});

t.test("only a few known custom resources have an owner that may compare its pods", async (t) => {
  const { inject } = CONTEXT.configuration;
  const compared = CUSTOM_WORKLOADS.flatMap(({ templates }) => templates).flatMap(({ podOwner }) =>
    podOwner !== undefined && mayCompare(podOwner, inject) ? [podOwner.kind] : [],
  );
  // Pods of these owners get no sleep in any case: the pods run to completion, or a Job owns the pods.
  t.same([...new Set(compared)], ["BroadcastJob", "SparkApplication", "Pod", "Job"]);
});
