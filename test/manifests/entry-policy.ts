import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "./read.ts";

/**
 * The longest allowed timeout of an entry, in seconds. Two mutating calls and a validating call together must take less
 * than 10 s.
 */
export const LONGEST_TIMEOUT_SECONDS = 3;

/** The namespaces that a cluster needs to start, and our own. */
export const exclusionOf = (namespace: string) => ({
  key: "kubernetes.io/metadata.name",
  operator: "NotIn",
  values: ["kube-system", "kube-public", "kube-node-lease", namespace],
});

/** API groups of Kubernetes itself that have workloads; "" is the core group. */
export const BUILT_IN_GROUPS = ["", "apps", "batch"];

/** The API group of Leases, which the probe creates. */
const PROBED_GROUP = "coordination.k8s.io";

/**
 * The faults of a webhook entry of gracekeeper, rendered by kustomize or Helm. `namespace` is the namespace of
 * gracekeeper.
 */
export function deviations(entry: KubernetesObject, namespace: string): readonly string[] {
  const named = entry["namespaceSelector"].matchExpressions.filter(
    ({ key }: KubernetesObject) => key === "kubernetes.io/metadata.name",
  );
  // The entry of the probe selects one namespace by name.
  const narrow = named.length === 1 && named[0].operator === "In" && named[0].values.length === 1;
  const must: readonly (readonly [boolean, string])[] = [
    [isDeepStrictEqual(entry["admissionReviewVersions"], ["v1"]), "admissionReviewVersions"],
    [entry["sideEffects"] === "None", "sideEffects"],
    [entry["matchPolicy"] === "Equivalent", "matchPolicy"],
    [narrow || isDeepStrictEqual(named, [exclusionOf(namespace)]), "the excluded namespaces"],
  ];
  const broken = must.filter(([kept]) => !kept).map(([, what]) => what);
  return [...broken, ...entry["rules"].flatMap(ruleDeviations)].map((what) => `${entry["name"]}: ${what}`);
}

function ruleDeviations(rule: KubernetesObject): readonly string[] {
  const [group, ...others] = rule["apiGroups"];
  const cluster = rule["resources"].join() === "namespaces";
  // The installed release of an operator decides which API versions of its custom resources exist. All versions have
  // the pod template at the same path.
  const versions = [...BUILT_IN_GROUPS, PROBED_GROUP].includes(group) ? ["v1"] : ["*"];
  const must: readonly (readonly [boolean, string])[] = [
    [others.length === 0, "one group, so that no other group's resource of a name is met"],
    [rule["scope"] === (cluster ? "Cluster" : "Namespaced"), "scope"],
    [isDeepStrictEqual(rule["apiVersions"], versions), "versions"],
    [!/[*]|\w\/\w/.test(JSON.stringify([group, rule["resources"]])), "no wildcard, no subresource"],
    [rule["operations"].every((one: string) => ["CREATE", "UPDATE"].includes(one)), "operations"],
  ];
  return must.filter(([kept]) => !kept).map(([, what]) => `rule for ${group}/${rule["resources"]}: ${what}`);
}
