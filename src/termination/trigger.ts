import type { ShutdownConfiguration } from "./node-shutdown.ts";

/**
 * Why a pod or one of its containers is stopped, with what the trigger says about the grace period. All in seconds.
 *
 * A second delete with a shorter grace period is not a trigger: it does not change a kill in progress (pod_workers.go
 * `UpdatePod` cancels a context that kubelet.go `SyncTerminatingPod` does not use; issue 113717).
 */
export type Trigger = DeleteTrigger | KillTrigger | RestTrigger;

/** Triggers that delete the pod at the API server. */
export type DeleteTrigger =
  /** `graceSeconds` is `deleteOptions.gracePeriodSeconds`; `kubectl delete --force` sends 0, `--now` sends 1. */
  | { readonly kind: "delete"; readonly graceSeconds?: number; readonly pod?: "unscheduled" | "terminal" }
  /** A POST to pods/eviction, with the same delete options. */
  | { readonly kind: "eviction"; readonly graceSeconds?: number }
  /** `kubectl drain --grace-period`: a negative number, the default, is not sent. */
  | { readonly kind: "drain"; readonly graceSeconds?: number }
  /** `--max-graceful-termination-sec` of cluster-autoscaler; default 600. */
  | { readonly kind: "clusterAutoscaler"; readonly maxGraceSeconds?: number }
  /** Deletes without options. */
  | {
      readonly kind:
        | "schedulerPreemption"
        | "taintEviction"
        | "garbageCollection"
        | "namespaceDeletion"
        | "jobDeadline"
        | "controller";
    };

/** The kubelet itself kills a pod that was not deleted. */
export type KillTrigger =
  /** To make room for a critical pod. */
  | { readonly kind: "kubeletPreemption" }
  | { readonly kind: "staticPodRemoved" }
  /** The node is out of memory, disk or process ids. */
  | { readonly kind: "hardEviction" }
  /** The pod uses more emptyDir or ephemeral storage than its limit. */
  | { readonly kind: "storageLimit" }
  /** `evictionMaxPodGracePeriod` of the kubelet; default 0. */
  | { readonly kind: "softEviction"; readonly maxGraceSeconds?: number }
  /** `priority` is the pod's `spec.priority`; default 0. */
  | { readonly kind: "nodeShutdown"; readonly kubelet: ShutdownConfiguration; readonly priority?: number };

/** Restarts of containers, pods that end by themselves, and the two triggers with a fixed grace period. */
export type RestTrigger =
  /** `graceSeconds` is the probe's own `terminationGracePeriodSeconds`. */
  | { readonly kind: "livenessFailure" | "startupFailure"; readonly graceSeconds?: number }
  /** One container is stopped: its postStart hook failed, its definition changed, or a resize asks for a restart. */
  | { readonly kind: "postStartFailure" | "definitionChange" | "resize" }
  /** All containers are stopped because the pod gets a new sandbox. */
  | { readonly kind: "sandboxChange" }
  /** A container's restart rule says RestartAllContainers (1.35, on from 1.36). */
  | { readonly kind: "restartAllContainers" }
  /** All main containers have ended by themselves in a pod that runs to completion. */
  | { readonly kind: "completion" }
  /** `spec.activeDeadlineSeconds` of the pod is over. */
  | { readonly kind: "podDeadline" }
  /** The runtime has a pod that the kubelet does not know. */
  | { readonly kind: "orphan" };
