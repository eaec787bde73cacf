import type { Configuration } from "../policy/configuration.ts";

/** A kind that has pods or pod templates, and where they lie. */
export interface Workload {
  readonly group: string;
  readonly kind: string;
  /** Paths of what has `metadata` and `spec` of the pod; none for a pod itself. */
  readonly templates: readonly TemplatePath[];
  /** Kind of the owner that its pods will have, where that is not the kind itself. */
  readonly podOwner?: string;
  /** Where the kind has a field of its own for the grace, beside the containers; its pods get that, or `unset`. */
  readonly grace?: { readonly field: string; readonly unset: number };
}

/** Steps down an object: a member, `[]` for each item of the list it holds, `*` for each value of the mapping. */
export type TemplatePath = readonly string[];

const TEMPLATE = "spec.template";

function builtIn(group: string, kind: string, path = TEMPLATE, podOwner?: string): Workload {
  return { ...custom(group, kind, [path]), ...(podOwner !== undefined && { podOwner }) };
}

function custom(group: string, kind: string, paths: readonly string[]): Workload {
  return { group, kind, templates: paths.map(stepsOf) };
}

/** `spec.jobs[].template` as steps: spec, jobs, [], template. */
function stepsOf(path: string): TemplatePath {
  return path.replaceAll("[]", ".[]").split(".");
}

/**
 * The kinds of Kubernetes itself.
 *
 * Source: kubernetes/pod-security-admission admission/admission.go `DefaultPodSpecExtractor`. Any version of a group
 * counts: the shape has been the same in all of them since apps/v1beta1.
 */
export const WORKLOADS: readonly Workload[] = [
  { group: "", kind: "Pod", templates: [[]] },
  builtIn("", "PodTemplate", "template"),
  builtIn("", "ReplicationController"),
  builtIn("apps", "Deployment"),
  builtIn("apps", "ReplicaSet"),
  builtIn("apps", "StatefulSet"),
  builtIn("apps", "DaemonSet"),
  builtIn("batch", "Job"),
  builtIn("batch", "CronJob", "spec.jobTemplate.spec.template", "Job"),
];

const KRUISE = "apps.kruise.io";

const UNITED = [
  "statefulSetTemplate",
  "advancedStatefulSetTemplate",
  "cloneSetTemplate",
  "deploymentTemplate",
];

/**
 * Knative writes its pods itself: their grace is the revision's timeoutSeconds, 300 where that is not set
 * (knative/serving pkg/apis/config/defaults.go, pkg/reconciler/revision/resources/deploy.go).
 */
const KNATIVE = { grace: { field: "timeoutSeconds", unset: 300 } };

/** Roles are keys of a mapping: Worker, PS, Master. */
function kubeflow(kind: string, field: string): Workload {
  return custom("kubeflow.org", kind, [`spec.${field}.*.template`]);
}

/**
 * Custom resources in wide use. All of them make ordinary pods in the end, which are judged when they come; this table
 * only serves to warn whoever writes the resource.
 *
 * Sources: the types of each project (argo-rollouts, kruise, knative/serving, jobset, lws, spark-operator and kubeflow
 * training-operator); those of Ray, KEDA and Volcano from their published CRDs.
 */
export const CUSTOM_WORKLOADS: readonly Workload[] = [
  { ...custom("argoproj.io", "Rollout", [TEMPLATE]), podOwner: "ReplicaSet" },
  { ...custom("argoproj.io", "Experiment", ["spec.templates[].template"]), podOwner: "ReplicaSet" },
  custom(KRUISE, "CloneSet", [TEMPLATE]),
  custom(KRUISE, "StatefulSet", [TEMPLATE]),
  custom(KRUISE, "DaemonSet", [TEMPLATE]),
  custom(KRUISE, "BroadcastJob", [TEMPLATE]),
  custom(
    KRUISE,
    "UnitedDeployment",
    UNITED.map((kind) => `spec.template.${kind}.spec.template`),
  ),
  custom(KRUISE, "AdvancedCronJob", [
    "spec.template.jobTemplate.spec.template",
    "spec.template.broadcastJobTemplate.spec.template",
  ]),
  { ...custom("serving.knative.dev", "Service", [TEMPLATE]), podOwner: "ReplicaSet", ...KNATIVE },
  { ...custom("serving.knative.dev", "Configuration", [TEMPLATE]), podOwner: "ReplicaSet", ...KNATIVE },
  kubeflow("TFJob", "tfReplicaSpecs"),
  kubeflow("PyTorchJob", "pytorchReplicaSpecs"),
  kubeflow("MPIJob", "mpiReplicaSpecs"),
  kubeflow("XGBoostJob", "xgbReplicaSpecs"),
  kubeflow("PaddleJob", "paddleReplicaSpecs"),
  kubeflow("JAXJob", "jaxReplicaSpecs"),
  {
    ...custom("jobset.x-k8s.io", "JobSet", ["spec.replicatedJobs[].template.spec.template"]),
    podOwner: "Job",
  },
  {
    ...custom("leaderworkerset.x-k8s.io", "LeaderWorkerSet", [
      "spec.leaderWorkerTemplate.leaderTemplate",
      "spec.leaderWorkerTemplate.workerTemplate",
    ]),
    podOwner: "StatefulSet",
  },
  custom("sparkoperator.k8s.io", "SparkApplication", ["spec.driver.template", "spec.executor.template"]),
  custom("sparkoperator.k8s.io", "ScheduledSparkApplication", [
    "spec.template.driver.template",
    "spec.template.executor.template",
  ]),
  custom("ray.io", "RayCluster", ["spec.headGroupSpec.template", "spec.workerGroupSpecs[].template"]),
  custom("ray.io", "RayJob", [
    "spec.rayClusterSpec.headGroupSpec.template",
    "spec.rayClusterSpec.workerGroupSpecs[].template",
  ]),
  custom("ray.io", "RayService", [
    "spec.rayClusterConfig.headGroupSpec.template",
    "spec.rayClusterConfig.workerGroupSpecs[].template",
  ]),
  { ...custom("keda.sh", "ScaledJob", ["spec.jobTargetRef.template"]), podOwner: "Job" },
  custom("batch.volcano.sh", "Job", ["spec.tasks[].template"]),
];

const BY_GROUP_AND_KIND = new Map(
  [...WORKLOADS, ...CUSTOM_WORKLOADS].map((workload) => [`${workload.group}/${workload.kind}`, workload]),
);

/** The workload of this group and kind; undefined for everything that has no pods of its own. */
export function workloadOf(
  group: string,
  kind: string,
  configuration: Pick<Configuration, "workloads">,
): Workload | undefined {
  const known = BY_GROUP_AND_KIND.get(`${group}/${kind}`);
  if (known !== undefined) return known;
  const row = configuration.workloads.find((one) => one.group === group && one.kind === kind);
  return row && custom(row.group, row.kind, row.templates);
}
