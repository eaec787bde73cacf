import {
  capsSoftEviction,
  honoursZero,
  type KubeletVersion,
  NEWEST_KUBELET,
  restoresFullGrace,
  wholeSeconds,
} from "./kubelet.ts";
import { nodeShutdownSeconds, type ShutdownConfiguration } from "./node-shutdown.ts";

/**
 * Why a pod or one of its containers is stopped, with what the trigger says about the grace period. All in seconds.
 *
 * A second delete with a shorter grace period is not a trigger: it does not change a kill in progress (pod_workers.go
 * `UpdatePod` cancels a context that kubelet.go `SyncTerminatingPod` does not use; issue 113717).
 */
export type Trigger =
  // Triggers that delete the pod at the API server.
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
    }
  // The kubelet itself kills a pod that was not deleted.
  /** The pod makes room for a critical one. */
  | { readonly kind: "kubeletPreemption" }
  | { readonly kind: "staticPodRemoved" }
  /** The node is out of memory, disk or process ids. */
  | { readonly kind: "hardEviction" }
  /** The pod uses more emptyDir or ephemeral storage than its limit. */
  | { readonly kind: "storageLimit" }
  /** `evictionMaxPodGracePeriod` of the kubelet; default 0. */
  | { readonly kind: "softEviction"; readonly maxGraceSeconds?: number }
  /** `priority` is the pod's `spec.priority`; default 0. */
  | { readonly kind: "nodeShutdown"; readonly kubelet: ShutdownConfiguration; readonly priority?: number }
  // Restarts of containers, pods that end by themselves, and the two triggers with a fixed grace period.
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
  /** The runtime has a pod that is unknown to the kubelet. */
  | { readonly kind: "orphan" };

/** The values that the kubelet uses. Its members are options of `timeline`. */
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
  const graceOf = GRACES[trigger.kind] as (
    one: Trigger,
    spec: number,
    version: KubeletVersion,
  ) => EffectiveGrace | undefined;
  return graceOf(trigger, specGrace(specSeconds), kubelet);
}

const GRACES: {
  readonly [Kind in Trigger["kind"]]: (
    trigger: Trigger & { readonly kind: Kind },
    spec: number,
    kubelet: KubeletVersion,
  ) => EffectiveGrace | undefined;
} = {
  // strategy.go CheckGracefulDelete: period 0 for a pod without a node or in a terminal phase.
  delete: ({ graceSeconds, pod }, spec, kubelet) =>
    pod === undefined ? deleted(graceSeconds, spec, kubelet) : withoutOverride(0, "pod"),
  // eviction.go: the delete options of the eviction are those of the delete.
  eviction: ({ graceSeconds }, spec, kubelet) => deleted(graceSeconds, spec, kubelet),
  // k8s.io/kubectl pkg/drain/drain.go: only a --grace-period of 0 and above is sent.
  drain: ({ graceSeconds }, spec, kubelet) =>
    deleted(isNegative(graceSeconds) ? undefined : graceSeconds, spec, kubelet),
  // cluster-autoscaler core/scaledown/actuation/drain.go evictPod: the eviction gets the smaller one.
  clusterAutoscaler: ({ maxGraceSeconds = AUTOSCALER_MAX_SECONDS }, spec, kubelet) =>
    deleted(Math.min(spec, maxGraceSeconds), spec, kubelet),
  // pkg/scheduler/util DeletePod, pkg/controller/tainteviction, controller_utils.go RealPodControl.DeletePod and
  // the others: empty delete options.
  schedulerPreemption: plainDelete,
  taintEviction: plainDelete,
  garbageCollection: plainDelete,
  namespaceDeletion: plainDelete,
  jobDeadline: plainDelete,
  controller: plainDelete,
  // pkg/kubelet/preemption/preemption.go evictPodsToFreeRequests: killPodNow without an override.
  kubeletPreemption: plainKill,
  // kubelet.go HandlePodRemoves, deletePod: a kill without an override; the kubelet defaults the spec grace.
  staticPodRemoved: plainKill,
  // pkg/kubelet/eviction/eviction_manager.go: 0 until 1.29, where it is raised to 1; 1 since then.
  hardEviction: (_, spec, kubelet) => killed(0, spec, kubelet),
  storageLimit: (_, spec, kubelet) => killed(0, spec, kubelet),
  // eviction_manager.go synchronize: the maximum; from 1.32 at most the grace period of the spec.
  softEviction: ({ maxGraceSeconds: max = 0 }, spec, kubelet) =>
    killed(capsSoftEviction(kubelet) ? Math.min(max, spec) : max, spec, kubelet),
  // nodeshutdown_manager.go killPods: the grace period of the spec, if it is smaller than the time of the pod's group.
  nodeShutdown: ({ kubelet: configuration, priority = 0 }, spec, kubelet) => {
    const group = nodeShutdownSeconds(configuration, priority);
    return group === undefined ? undefined : killed(Math.min(group, spec), spec, kubelet);
  },
  // kuberuntime_container.go setTerminationGracePeriod: the probe's own if it is set, even if it is longer than the pod's.
  livenessFailure: failedProbe,
  startupFailure: failedProbe,
  // kuberuntime_container.go startContainer, kuberuntime_manager.go SyncPod step 3: no override.
  postStartFailure: (_, spec) => withoutOverride(spec, "container"),
  definitionChange: (_, spec) => withoutOverride(spec, "container"),
  resize: (_, spec) => withoutOverride(spec, "container"),
  // kuberuntime_manager.go SyncPod step 2, killPodWithSyncResult: the whole pod, no override.
  sandboxChange: (_, spec) => withoutOverride(spec, "pod"),
  // pod_workers.go completeSync: SyncTerminatingPod without an override. A deadline gets there by the phase
  // Failed (pkg/kubelet/active_deadline.go, kubelet.go SyncPod).
  completion: (_, spec) => withoutOverride(spec, "pod"),
  podDeadline: (_, spec) => withoutOverride(spec, "pod"),
  // kuberuntime_manager.go SyncPod (1.35, 1.36): an override of 0. No other trigger passes a 0.
  restartAllContainers: () => ({ seconds: 0, scope: "container", override: true, hookSeconds: 0 }),
  // kubelet.go SyncTerminatingRuntimePod: an override of 1. The kubelet builds this pod from the running containers, without hooks.
  orphan: () => ({ seconds: 1, scope: "pod", override: true, hookSeconds: 0 }),
};

function plainDelete(_: Trigger, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  return deleted(undefined, spec, kubelet);
}

function plainKill(_: Trigger, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  return killed(undefined, spec, kubelet);
}

function failedProbe({ graceSeconds }: { readonly graceSeconds?: number }, spec: number): EffectiveGrace {
  return withoutOverride(wholeSeconds(graceSeconds ?? spec), "container");
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
