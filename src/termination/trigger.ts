import type { ShutdownConfiguration } from "./node-shutdown.ts";

/**
 * Why a pod or one of its containers is stopped, with what the trigger says about the grace. All in seconds.
 *
 * Repeating a delete with a shorter grace is no trigger: it does nothing to a kill in progress (pod_workers.go
 * `UpdatePod` cancels a context that kubelet.go `SyncTerminatingPod` does not use; issue 113717).
 */
export type Trigger = DeleteTrigger | KillTrigger | RestTrigger;

/** What ends in a delete at the API server. */
export type DeleteTrigger =
  /** `graceSeconds` is `deleteOptions.gracePeriodSeconds`; `kubectl delete --force` sends 0, `--now` sends 1. */
  | { readonly kind: "delete"; readonly graceSeconds?: number; readonly pod?: "unscheduled" | "terminal" }
  /** A POST to pods/eviction, with the same delete options. */
  | { readonly kind: "eviction"; readonly graceSeconds?: number }
  /** `kubectl drain --grace-period`: a negative one, which is its default, is not sent. */
  | { readonly kind: "drain"; readonly graceSeconds?: number }
  /** `--max-graceful-termination-sec` of cluster-autoscaler; 600 unless said. */
  | { readonly kind: "clusterAutoscaler"; readonly maxGraceSeconds?: number }
  /** Deletes that carry no options. */
  | {
      readonly kind:
        | "schedulerPreemption"
        | "taintEviction"
        | "garbageCollection"
        | "namespaceDeletion"
        | "jobDeadline"
        | "controller";
    };

/** What makes the kubelet itself kill a pod that nobody deleted. */
export type KillTrigger =
  /** Room for a critical pod. */
  | { readonly kind: "kubeletPreemption" }
  | { readonly kind: "staticPodRemoved" }
  /** The node is out of memory, disk or process ids. */
  | { readonly kind: "hardEviction" }
  /** The pod uses more emptyDir or ephemeral storage than its limit. */
  | { readonly kind: "storageLimit" }
  /** `evictionMaxPodGracePeriod` of the kubelet; 0 unless said. */
  | { readonly kind: "softEviction"; readonly maxGraceSeconds?: number }
  /** `priority` is the pod's `spec.priority`; 0 unless said. */
  | { readonly kind: "nodeShutdown"; readonly kubelet: ShutdownConfiguration; readonly priority?: number };

/** Restarts of containers, ends of their own, and the two that bring a fixed grace. */
export type RestTrigger =
  /** `graceSeconds` is the probe's own `terminationGracePeriodSeconds`. */
  | { readonly kind: "livenessFailure" | "startupFailure"; readonly graceSeconds?: number }
  /** One container is stopped: its postStart hook failed, its definition changed, or a resize asks for a restart. */
  | { readonly kind: "postStartFailure" | "definitionChange" | "resize" }
  /** All containers are stopped because the pod's sandbox is to be made anew. */
  | { readonly kind: "sandboxChange" }
  /** A container's restart rule says RestartAllContainers (1.35, on from 1.36). */
  | { readonly kind: "restartAllContainers" }
  /** All main containers have ended by themselves in a pod that runs to completion. */
  | { readonly kind: "completion" }
  /** `spec.activeDeadlineSeconds` of the pod is over. */
  | { readonly kind: "podDeadline" }
  /** The runtime has a pod that the kubelet does not know. */
  | { readonly kind: "orphan" };
