/**
 * Where pods and pod templates lie in the kinds that have them.
 *
 * Source: kubernetes/pod-security-admission admission/admission.go `DefaultPodSpecExtractor`. Any version of a group
 * counts: the shape has been the same in all of them since apps/v1beta1.
 */
export interface Workload {
  readonly group: string;
  readonly kind: string;
  readonly resource: string;
  /** Members from the object down to what has `metadata` and `spec` of the pod; none for a pod itself. */
  readonly template: readonly string[];
}

export const WORKLOADS: readonly Workload[] = [
  { group: "", kind: "Pod", resource: "pods", template: [] },
  { group: "", kind: "PodTemplate", resource: "podtemplates", template: ["template"] },
  {
    group: "",
    kind: "ReplicationController",
    resource: "replicationcontrollers",
    template: ["spec", "template"],
  },
  { group: "apps", kind: "Deployment", resource: "deployments", template: ["spec", "template"] },
  { group: "apps", kind: "ReplicaSet", resource: "replicasets", template: ["spec", "template"] },
  { group: "apps", kind: "StatefulSet", resource: "statefulsets", template: ["spec", "template"] },
  { group: "apps", kind: "DaemonSet", resource: "daemonsets", template: ["spec", "template"] },
  { group: "batch", kind: "Job", resource: "jobs", template: ["spec", "template"] },
  {
    group: "batch",
    kind: "CronJob",
    resource: "cronjobs",
    template: ["spec", "jobTemplate", "spec", "template"],
  },
];

const BY_GROUP_AND_KIND = new Map(
  WORKLOADS.map((workload) => [`${workload.group}/${workload.kind}`, workload]),
);

/** The workload of this group and kind; undefined for everything that has no pods of its own. */
export function workloadOf(group: string, kind: string): Workload | undefined {
  return BY_GROUP_AND_KIND.get(`${group}/${kind}`);
}
