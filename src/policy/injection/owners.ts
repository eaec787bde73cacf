import type { Configuration } from "../model/configuration.ts";
import type { OwnerKind } from "../model/workload.ts";

/** A kind of controller or operator that never compares the specs of its live pods with the specs that it declared. */
interface SafeOwner extends OwnerKind {
  /**
   * The evidence in the source code: repository, version and file, and what the controller compares instead of the
   * spec.
   */
  readonly source: string;
}

/** The built-in controllers that own pods. They compare only a hash label of the pods, or nothing. */
const BUILT_IN: readonly OwnerKind[] = [
  { group: "", kind: "ReplicationController" },
  { group: "apps", kind: "ReplicaSet" },
  { group: "apps", kind: "StatefulSet" },
  { group: "apps", kind: "DaemonSet" },
  { group: "batch", kind: "Job" },
];

const KUBEFLOW =
  "kubeflow/training-operator v1.9.0 pkg/controller.v1/common/pod.go: `ReconcilePods` compares the number and the phase of the pods";

/**
 * Operators that own pods directly. An operator that compares live pods (koperator, nifikop, KubeBlocks) would delete
 * and create a pod with an added sleep again and again. An operator is listed only if its source code was read. An
 * operator that makes ReplicaSets, StatefulSets or Jobs needs no entry.
 */
export const SAFE_OWNERS: readonly SafeOwner[] = [
  {
    group: "actions.github.com",
    kind: "EphemeralRunner",
    source:
      "actions/actions-runner-controller gha-runner-scale-set-0.14.2 controllers/actions.github.com/ephemeralrunner_controller.go: `Reconcile` reads the status of the runner container",
  },
  {
    group: "agents.x-k8s.io",
    kind: "Sandbox",
    source:
      "kubernetes-sigs/agent-sandbox v0.5.6 controllers/sandbox_controller.go: `reconcilePod` compares the labels and annotations that the operator sets",
  },
  {
    group: "agones.dev",
    kind: "GameServer",
    source:
      "googleforgames/agones v1.56.0 pkg/gameservers/controller.go: `syncGameServer` reads the state of the GameServer",
  },
  {
    group: "apps.k8s.appscode.com",
    kind: "PetSet",
    source:
      "kubeops/petset v0.0.16 pkg/controller/petset/pet_set_utils.go: `getPodRevision`, `identityMatches` and `storageMatches` compare the revision label, the name and the claims",
  },
  {
    group: "apps.kruise.io",
    kind: "CloneSet",
    source:
      "openkruise/kruise v1.9.0 pkg/controller/cloneset/utils/cloneset_utils.go: `EqualToRevisionHash` compares the revision label",
  },
  {
    group: "apps.kruise.io",
    kind: "DaemonSet",
    source:
      "openkruise/kruise v1.9.0 pkg/controller/daemonset/daemonset_util.go: `IsPodUpdated` of Kubernetes compares the hash and generation labels",
  },
  {
    group: "apps.kruise.io",
    kind: "StatefulSet",
    source:
      "openkruise/kruise v1.9.0 pkg/controller/statefulset/stateful_set_utils.go: `getPodRevision`, `identityMatches` and `storageMatches` compare the revision label, the name and the claims",
  },
  {
    group: "apps.pingcap.com",
    kind: "StatefulSet",
    source:
      "pingcap/advanced-statefulset v0.8.0 pkg/controller/statefulset/stateful_set_utils.go: `getPodRevision`, `identityMatches` and `storageMatches` compare the revision label, the name and the claims",
  },
  {
    group: "core.strimzi.io",
    kind: "StrimziPodSet",
    source:
      "strimzi/strimzi-kafka-operator 1.2.0 PodRevision.java: `hasChanged` compares an annotation that has a hash of the declaration",
  },
  { group: "kubeflow.org", kind: "JAXJob", source: KUBEFLOW },
  {
    group: "kubeflow.org",
    kind: "MPIJob",
    source:
      "kubeflow/mpi-operator v0.8.0 pkg/controller/mpi_job_controller.go, kubeflow/training-operator v1.9.0 pkg/controller.v1/mpi/mpijob_controller.go: `getOrCreateWorker` of both compares the number of the pods",
  },
  { group: "kubeflow.org", kind: "PaddleJob", source: KUBEFLOW },
  { group: "kubeflow.org", kind: "PyTorchJob", source: KUBEFLOW },
  { group: "kubeflow.org", kind: "TFJob", source: KUBEFLOW },
  { group: "kubeflow.org", kind: "XGBoostJob", source: KUBEFLOW },
  {
    group: "postgresql.cnpg.io",
    kind: "Cluster",
    source:
      "cloudnative-pg/cloudnative-pg v1.30.0 internal/controller/cluster_upgrade.go: `checkPodSpecIsOutdated` compares the pod spec in an annotation; of the live pod, it compares only images, volumes and container names",
  },
  {
    group: "ray.io",
    kind: "RayCluster",
    source:
      "ray-project/kuberay v1.7.0 ray-operator/controllers/ray/raycluster_controller.go: `shouldRecreatePodsForUpgrade` compares an annotation that has a hash of the declaration, and `shouldDeletePod` reads the status",
  },
];

/** Whether this owner may delete a pod that differs from what the owner declared. */
export function mayCompare(
  owner: OwnerKind,
  { otherOwners, owners }: Pick<Configuration["inject"], "otherOwners" | "owners">,
): boolean {
  if (otherOwners === "All") return false;
  const isIn = (list: readonly OwnerKind[]): boolean =>
    list.some(({ group, kind }) => group === owner.group && kind === owner.kind);
  return !(isIn(BUILT_IN) || isIn(owners) || (otherOwners === "Known" && isIn(SAFE_OWNERS)));
}
