import type { Configuration } from "../../policy/model/configuration.ts";
import { type OwnerKind, stepsOf, type TemplatePlace, type Workload } from "../../policy/model/workload.ts";
import type { Review } from "../review.ts";

const TEMPLATE = "spec.template";

const REPLICA_SET: OwnerKind = { group: "apps", kind: "ReplicaSet" };
const STATEFUL_SET: OwnerKind = { group: "apps", kind: "StatefulSet" };
const REPLICATION_CONTROLLER: OwnerKind = { group: "", kind: "ReplicationController" };
const JOB: OwnerKind = { group: "batch", kind: "Job" };

function builtIn(
  group: string,
  kind: string,
  podOwner: OwnerKind | undefined,
  path: string = TEMPLATE,
): Workload {
  return { group, kind, custom: false, templates: [{ path: stepsOf(path), podOwner }] };
}

/**
 * The built-in kinds of Kubernetes.
 *
 * Source: kubernetes/pod-security-admission admission/admission.go `DefaultPodSpecExtractor`. The version of a kind
 * does not matter, because every version since apps/v1beta1 has the same shape. The controller that uses a PodTemplate
 * is not known.
 */
export const WORKLOADS: readonly Workload[] = [
  { group: "", kind: "Pod", custom: false, templates: [{ path: [], podOwner: undefined }] },
  builtIn("", "PodTemplate", undefined, "template"),
  builtIn("", "ReplicationController", REPLICATION_CONTROLLER),
  builtIn("apps", "Deployment", REPLICA_SET),
  builtIn("apps", "ReplicaSet", REPLICA_SET),
  builtIn("apps", "StatefulSet", STATEFUL_SET),
  builtIn("apps", "DaemonSet", { group: "apps", kind: "DaemonSet" }),
  builtIn("batch", "Job", JOB),
  builtIn("batch", "CronJob", JOB, "spec.jobTemplate.spec.template"),
];

/**
 * The path of a template, the owner of its pods, and special cases. An owner without a group has the group of the
 * resource.
 */
type Row = readonly [
  path: string,
  podOwner: OwnerKind | string,
  more?: Omit<TemplatePlace, "path" | "podOwner">,
];

function custom(group: string, kind: string, ...rows: readonly Row[]): Workload {
  const templates = rows.map(([path, owner, more]) => ({
    path: stepsOf(path),
    podOwner: typeof owner === "string" ? { group, kind: owner } : owner,
    ...more,
  }));
  return { group, kind, custom: true, templates };
}

const KRUISE = "apps.kruise.io";
const UNITED = "spec.template.";

/**
 * Knative builds the specs of its pods itself. The grace period of a Knative pod is timeoutSeconds of the revision, or
 * 300 if timeoutSeconds is not set. Every container gets a hook that calls the queue-proxy (knative/serving
 * pkg/apis/serving/v1/revision_defaults.go, pkg/apis/config/defaults.go, pkg/reconciler/revision/resources/deploy.go).
 */
const REVISION: Row = [
  TEMPLATE,
  REPLICA_SET,
  { grace: { field: "timeoutSeconds", unset: 300 }, hooksBy: "Knative" },
];

/** A Kubeflow job has one template for each role. The roles are keys of a mapping: Worker, PS, Master. */
function kubeflow(kind: string, field: string): Workload {
  return custom("kubeflow.org", kind, [`spec.${field}.*.template`, kind, { restarts: "beside" }]);
}

const OF_A_JOB = { restarts: "Never if unset" } as const;

function spark(kind: string, path: string): Workload {
  return custom(
    "sparkoperator.k8s.io",
    kind,
    [`${path}.driver.template`, "SparkApplication", { restarts: "Never" }],
    [`${path}.executor.template`, { group: "", kind: "Pod" }, { restarts: "Never" }],
  );
}

/** RayCluster, RayJob and RayService: the pods of all three kinds belong to a RayCluster. */
function ray(kind: string, path: string, ...more: readonly Row[]): Workload {
  return custom(
    "ray.io",
    kind,
    [`${path}.headGroupSpec.template`, "RayCluster"],
    [`${path}.workerGroupSpecs[].template`, "RayCluster"],
    ...more,
  );
}

/**
 * Widely used custom resources with pod templates. The pods of a custom resource are checked at creation, like all
 * pods. This table adds a warning when the custom resource itself is written. A resource is left out if its controller
 * changes the template so much that the template says little about the pods (Tekton, Argo Workflows, Elastic, Flink).
 *
 * Sources: argo-rollouts pkg/apis/rollouts/v1alpha1; kruise apis/apps/v1alpha1 and v1beta1; knative/serving (above);
 * training-operator pkg/apis/kubeflow.org/v1 and pkg/core `SetRestartPolicy`; mpi-operator pkg/apis/kubeflow/v2beta1;
 * jobset api/jobset/v1alpha2; lws api/leaderworkerset/v1; spark-operator api/v1beta2, and Spark itself, which sets
 * restartPolicy Never; kuberay ray-operator/apis/ray/v1; keda apis/keda/v1alpha1; volcano pkg/apis/batch/v1alpha1;
 * openshift/api apps/v1; actions-runner-controller apis/actions.github.com/v1alpha1.
 */
export const CUSTOM_WORKLOADS: readonly Workload[] = [
  custom("argoproj.io", "Rollout", [TEMPLATE, REPLICA_SET]),
  custom("argoproj.io", "Experiment", ["spec.templates[].template", REPLICA_SET]),
  custom(KRUISE, "CloneSet", [TEMPLATE, "CloneSet"]),
  custom(KRUISE, "StatefulSet", [TEMPLATE, "StatefulSet"]),
  custom(KRUISE, "DaemonSet", [TEMPLATE, "DaemonSet"]),
  custom(KRUISE, "BroadcastJob", [TEMPLATE, "BroadcastJob"]),
  custom(
    KRUISE,
    "UnitedDeployment",
    [`${UNITED}statefulSetTemplate.spec.template`, STATEFUL_SET],
    [`${UNITED}advancedStatefulSetTemplate.spec.template`, "StatefulSet"],
    [`${UNITED}cloneSetTemplate.spec.template`, "CloneSet"],
    [`${UNITED}deploymentTemplate.spec.template`, REPLICA_SET],
  ),
  custom(
    KRUISE,
    "AdvancedCronJob",
    ["spec.template.jobTemplate.spec.template", JOB, OF_A_JOB],
    ["spec.template.broadcastJobTemplate.spec.template", "BroadcastJob"],
  ),
  custom("serving.knative.dev", "Service", REVISION),
  custom("serving.knative.dev", "Configuration", REVISION),
  kubeflow("TFJob", "tfReplicaSpecs"),
  kubeflow("PyTorchJob", "pytorchReplicaSpecs"),
  kubeflow("MPIJob", "mpiReplicaSpecs"),
  kubeflow("XGBoostJob", "xgbReplicaSpecs"),
  kubeflow("PaddleJob", "paddleReplicaSpecs"),
  kubeflow("JAXJob", "jaxReplicaSpecs"),
  custom("jobset.x-k8s.io", "JobSet", ["spec.replicatedJobs[].template.spec.template", JOB, OF_A_JOB]),
  custom(
    "leaderworkerset.x-k8s.io",
    "LeaderWorkerSet",
    ["spec.leaderWorkerTemplate.leaderTemplate", STATEFUL_SET],
    ["spec.leaderWorkerTemplate.workerTemplate", STATEFUL_SET],
  ),
  spark("SparkApplication", "spec"),
  spark("ScheduledSparkApplication", "spec.template"),
  ray("RayCluster", "spec"),
  ray("RayJob", "spec.rayClusterSpec", ["spec.submitterPodTemplate", JOB, OF_A_JOB]),
  ray("RayService", "spec.rayClusterConfig"),
  custom("keda.sh", "ScaledJob", ["spec.jobTargetRef.template", JOB, OF_A_JOB]),
  custom("batch.volcano.sh", "Job", ["spec.tasks[].template", "Job"]),
  custom("apps.openshift.io", "DeploymentConfig", [TEMPLATE, REPLICATION_CONTROLLER]),
  custom("actions.github.com", "AutoscalingRunnerSet", [TEMPLATE, "EphemeralRunner"]),
];

/** Whether the kind is the built-in Pod. A custom resource may have a kind with the same name. */
export function isPod({ kind, custom }: Workload): boolean {
  return kind === "Pod" && !custom;
}

/**
 * The kinds of the group `extensions`, which no API server since 1.16 serves. Old manifests with this group are still
 * read, because the kinds have the same shape.
 */
const FORMER_WORKLOADS: readonly Workload[] = WORKLOADS.filter(
  ({ group, kind }) => group === "apps" && kind !== "StatefulSet",
).map((workload) => ({ ...workload, group: "extensions" }));

const BY_GROUP_AND_KIND = new Map(
  [...WORKLOADS, ...FORMER_WORKLOADS, ...CUSTOM_WORKLOADS].map((workload) => [
    `${workload.group}/${workload.kind}`,
    workload,
  ]),
);

/**
 * The workload of this group and kind; undefined for a kind without pods. A kind that the configuration adds never
 * replaces a built-in kind. For a kind that the configuration adds, the owner of the pods is not known.
 */
export function workloadOf(
  group: string,
  kind: string,
  configuration: Pick<Configuration, "workloads">,
): Workload | undefined {
  const known = BY_GROUP_AND_KIND.get(`${group}/${kind}`);
  if (known !== undefined) return known;
  const rows = configuration.workloads.filter((one) => one.group === group && one.kind === kind);
  if (rows.length === 0) return undefined;
  const paths = [...new Set(rows.flatMap(({ templates }) => templates))];
  const templates = paths.map((path) => ({ path: stepsOf(path), podOwner: undefined }));
  return { group, kind, custom: true, templates };
}

/** The workload kind of a review; undefined for a subresource and for a kind without pods. */
export function reviewedWorkload(
  { kind: { group, kind }, subResource }: Pick<Review, "kind" | "subResource">,
  configuration: Pick<Configuration, "workloads">,
): Workload | undefined {
  return subResource === "" ? workloadOf(group, kind, configuration) : undefined;
}
