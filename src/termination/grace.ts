import {
  capsSoftEviction,
  honoursZero,
  type KubeletVersion,
  NEWEST_KUBELET,
  restoresFullGrace,
} from "./kubelet.ts";
import { nodeShutdownSeconds } from "./node-shutdown.ts";
import { wholeSeconds } from "./seconds.ts";
import type { DeleteTrigger, KillTrigger, RestTrigger, Trigger } from "./trigger.ts";

export type { Trigger } from "./trigger.ts";

/** What the kubelet works with. Its members are options of `timeline`. */
export interface EffectiveGrace {
  /** The grace period, in whole seconds. */
  readonly seconds: number;
  readonly scope: "pod" | "container";
  /** Whether it reaches `killContainer` as an override. */
  readonly override: boolean;
  /** How long a hook may take, in whole seconds; 0: no hook runs. */
  readonly hookSeconds: number;
}

/** The default of cluster-autoscaler's `--max-graceful-termination-sec`. */
const AUTOSCALER_MAX_SECONDS = 600;

/**
 * The grace period that this trigger gives a pod with `specSeconds` as its `terminationGracePeriodSeconds`; undefined if
 * the kubelet stops nothing. Accepts any numbers.
 *
 * Sources are named without their folders: pod_workers.go and kubelet.go are in pkg/kubelet, kuberuntime_*.go in
 * pkg/kubelet/kuberuntime, strategy.go and eviction.go in pkg/registry/core/pod. Read at 1.25 to 1.36.
 */
export function effectiveGrace(
  trigger: Trigger,
  specSeconds: number,
  kubelet: KubeletVersion = NEWEST_KUBELET,
): EffectiveGrace | undefined {
  const spec = specGrace(specSeconds);
  switch (trigger.kind) {
    case "delete":
    case "eviction":
    case "drain":
    case "clusterAutoscaler":
    case "schedulerPreemption":
    case "taintEviction":
    case "garbageCollection":
    case "namespaceDeletion":
    case "jobDeadline":
    case "controller":
      return deleteGrace(trigger, spec, kubelet);
    case "kubeletPreemption":
    case "staticPodRemoved":
    case "hardEviction":
    case "storageLimit":
    case "softEviction":
    case "nodeShutdown":
      return killGrace(trigger, spec, kubelet);
    default:
      return restGrace(trigger, spec);
  }
}

function deleteGrace(trigger: DeleteTrigger, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  switch (trigger.kind) {
    case "delete":
      // strategy.go CheckGracefulDelete: period 0 for a pod without a node or in a terminal phase.
      return trigger.pod === undefined
        ? deleted(trigger.graceSeconds, spec, kubelet)
        : withoutOverride(0, "pod");
    case "eviction":
      // eviction.go: the delete options of the eviction are those of the delete.
      return deleted(trigger.graceSeconds, spec, kubelet);
    case "drain":
      // k8s.io/kubectl pkg/drain/drain.go: only a --grace-period of 0 and above is sent.
      return deleted(isNegative(trigger.graceSeconds) ? undefined : trigger.graceSeconds, spec, kubelet);
    case "clusterAutoscaler":
      // cluster-autoscaler core/scaledown/actuation/drain.go evictPod: the eviction gets the smaller one.
      return deleted(Math.min(spec, trigger.maxGraceSeconds ?? AUTOSCALER_MAX_SECONDS), spec, kubelet);
    case "schedulerPreemption":
    case "taintEviction":
    case "garbageCollection":
    case "namespaceDeletion":
    case "jobDeadline":
    case "controller":
      // pkg/scheduler/util DeletePod, pkg/controller/tainteviction, controller_utils.go RealPodControl.DeletePod and
      // the others: empty delete options.
      return deleted(undefined, spec, kubelet);
  }
}

function killGrace(trigger: KillTrigger, spec: number, kubelet: KubeletVersion): EffectiveGrace | undefined {
  switch (trigger.kind) {
    case "kubeletPreemption":
      // pkg/kubelet/preemption/preemption.go evictPodsToFreeRequests: killPodNow without an override.
      return killed(undefined, spec, kubelet);
    case "staticPodRemoved":
      // kubelet.go HandlePodRemoves, deletePod: a kill without an override; the kubelet defaults the spec grace.
      return killed(undefined, spec, kubelet);
    case "hardEviction":
    case "storageLimit":
      // pkg/kubelet/eviction/eviction_manager.go: 0 until 1.29, where it is raised to 1; 1 since then.
      return killed(0, spec, kubelet);
    case "softEviction": {
      // eviction_manager.go synchronize: the maximum; from 1.32 at most the grace period of the spec.
      const max = trigger.maxGraceSeconds ?? 0;
      return killed(capsSoftEviction(kubelet) ? Math.min(max, spec) : max, spec, kubelet);
    }
    case "nodeShutdown": {
      // nodeshutdown_manager.go killPods: the grace period of the spec, if it is smaller than the time of the pod's group.
      const group = nodeShutdownSeconds(trigger.kubelet, trigger.priority ?? 0);
      return group === undefined ? undefined : killed(Math.min(group, spec), spec, kubelet);
    }
  }
}

function restGrace(trigger: RestTrigger, spec: number): EffectiveGrace {
  switch (trigger.kind) {
    case "livenessFailure":
    case "startupFailure":
      // kuberuntime_container.go setTerminationGracePeriod: the probe's own if it is set, even if it is longer than the pod's.
      return withoutOverride(wholeSeconds(trigger.graceSeconds ?? spec), "container");
    case "postStartFailure":
    case "definitionChange":
    case "resize":
      // kuberuntime_container.go startContainer, kuberuntime_manager.go SyncPod step 3: no override.
      return withoutOverride(spec, "container");
    case "sandboxChange":
      // kuberuntime_manager.go SyncPod step 2, killPodWithSyncResult: the whole pod, no override.
      return withoutOverride(spec, "pod");
    case "completion":
    case "podDeadline":
      // pod_workers.go completeSync: SyncTerminatingPod without an override. A deadline gets there by the phase
      // Failed (pkg/kubelet/active_deadline.go, kubelet.go SyncPod).
      return withoutOverride(spec, "pod");
    case "restartAllContainers":
      // kuberuntime_manager.go SyncPod (1.35, 1.36): an override of 0. No other trigger passes a 0.
      return { seconds: 0, scope: "container", override: true, hookSeconds: 0 };
    case "orphan":
      // kubelet.go SyncTerminatingRuntimePod: an override of 1. The kubelet builds this pod from the running containers, without hooks.
      return { seconds: 1, scope: "pod", override: true, hookSeconds: 0 };
  }
}

/** core/v1 conversion.go (from 1.21): a negative grace of a pod becomes 1. */
function specGrace(seconds: number): number {
  return isNegative(seconds) ? 1 : wholeSeconds(seconds);
}

function isNegative(seconds: number | undefined): boolean {
  return seconds !== undefined && seconds < 0;
}

/**
 * strategy.go `CheckGracefulDelete` with rest/delete.go `BeforeDelete`: the delete writes
 * `deletionGracePeriodSeconds`. It is the requested number, even above the grace period of the spec; 1 for a negative
 * number; without a request the grace period of the spec. A 0 is written before the object is removed: the kubelet sees it.
 */
function deleted(asked: number | undefined, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  const written = specGrace(asked ?? spec);
  return { ...killed(written, spec, kubelet), ...(restoresFullGrace(kubelet) && { hookSeconds: written }) };
}

/**
 * pod_workers.go `calculateEffectiveGracePeriod`: the requested number, else the grace period of the spec; never below 1.
 * Until 1.29 a 0 counts as no request.
 *
 * Until 1.27 the hook is limited by kuberuntime_container.go `setTerminationGracePeriod`, which does not
 * see the override: it uses what a delete wrote (with a 0 no hook runs: issue 123408), else the grace period of the spec.
 */
function killed(asked: number | undefined, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  const isAsked = asked !== undefined && (asked !== 0 || honoursZero(kubelet));
  const seconds = Math.max(1, wholeSeconds(isAsked ? asked : spec));
  return { seconds, scope: "pod", override: true, hookSeconds: restoresFullGrace(kubelet) ? spec : seconds };
}

/** kuberuntime_container.go `setTerminationGracePeriod`: used unchanged, so a 0 stays 0 and no hook runs. */
function withoutOverride(seconds: number, scope: EffectiveGrace["scope"]): EffectiveGrace {
  return { seconds, scope, override: false, hookSeconds: seconds };
}
