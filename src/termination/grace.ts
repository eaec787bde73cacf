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
 * Why the kubelet stops a pod or one of its containers, with the grace period that the trigger requests. All in
 * seconds.
 *
 * A second delete with a shorter grace period is not a trigger: it does not change a kill in progress (pod_workers.go
 * `UpdatePod` cancels a context that kubelet.go `SyncTerminatingPod` does not use; issue 113717).
 */
export type Trigger =
  // Triggers that delete the pod at the API server.
  /**
   * `graceSeconds` is `deleteOptions.gracePeriodSeconds`; `kubectl delete --force` sends 0 s, and `--now` sends 1 s.
   */
  | { readonly kind: "delete"; readonly graceSeconds?: number; readonly pod?: "unscheduled" | "terminal" }
  /** A POST to pods/eviction, with the same delete options. */
  | { readonly kind: "eviction"; readonly graceSeconds?: number }
  /** `kubectl drain --grace-period`: kubectl does not send a negative number, which is the default. */
  | { readonly kind: "drain"; readonly graceSeconds?: number }
  /** `--max-graceful-termination-sec` of cluster-autoscaler; the default is 600 s. */
  | { readonly kind: "clusterAutoscaler"; readonly maxGraceSeconds?: number }
  /** Triggers that delete the pod without delete options. */
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
  /** The pod makes room for a critical pod. */
  | { readonly kind: "kubeletPreemption" }
  | { readonly kind: "staticPodRemoved" }
  /** The node is out of memory, disk or process ids. */
  | { readonly kind: "hardEviction" }
  /** The pod uses more emptyDir or ephemeral storage than its limit. */
  | { readonly kind: "storageLimit" }
  /** `evictionMaxPodGracePeriod` of the kubelet; the default is 0 s. */
  | { readonly kind: "softEviction"; readonly maxGraceSeconds?: number }
  /** `priority` is the pod's `spec.priority`; default 0. */
  | { readonly kind: "nodeShutdown"; readonly kubelet: ShutdownConfiguration; readonly priority?: number }
  // Restarts of containers, pods that end by themselves, and the two triggers with a fixed grace period.
  /** `graceSeconds` is the `terminationGracePeriodSeconds` of the probe. */
  | { readonly kind: "livenessFailure" | "startupFailure"; readonly graceSeconds?: number }
  /** One container is stopped: its postStart hook failed, its definition changed, or a resize asks for a restart. */
  | { readonly kind: "postStartFailure" | "definitionChange" | "resize" }
  /** All containers are stopped because the pod gets a new sandbox. */
  | { readonly kind: "sandboxChange" }
  /** A container's restart rule says RestartAllContainers (1.35; enabled by default from 1.36). */
  | { readonly kind: "restartAllContainers" }
  /** All main containers have ended by themselves in a pod that runs to completion. */
  | { readonly kind: "completion" }
  /** The pod has run longer than its `spec.activeDeadlineSeconds`. */
  | { readonly kind: "podDeadline" }
  /** The runtime has a pod that is unknown to the kubelet. */
  | { readonly kind: "orphan" };

/** The grace period as the kubelet uses it. The members of this type are arguments of `timeline`. */
export interface EffectiveGrace {
  /** The grace period, in whole seconds. */
  readonly seconds: number;
  readonly scope: "pod" | "container";
  /** Whether `killContainer` gets the grace period as an override. */
  readonly override: boolean;
  /** How long a hook may take, in whole seconds; with 0, no hook runs. */
  readonly hookSeconds: number;
}

/** The default of cluster-autoscaler's `--max-graceful-termination-sec`, in seconds. */
const AUTOSCALER_MAX_SECONDS = 600;

/**
 * The grace period that this trigger gives a pod with `specSeconds` as its `terminationGracePeriodSeconds`; undefined
 * if the kubelet stops nothing. The function accepts any numbers.
 *
 * Sources are named without their folders: pod_workers.go and kubelet.go are in pkg/kubelet, kuberuntime_*.go in
 * pkg/kubelet/kuberuntime, strategy.go and eviction.go in pkg/registry/core/pod. The sources were read in Kubernetes
 * 1.25 to 1.36.
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
  // strategy.go CheckGracefulDelete: the grace period is 0 s for a pod without a node or in a terminal phase.
  delete: ({ graceSeconds, pod }, spec, kubelet) =>
    pod === undefined ? deleted(graceSeconds, spec, kubelet) : withoutOverride(0, "pod"),
  // eviction.go: the API server deletes the pod with the delete options of the eviction.
  eviction: ({ graceSeconds }, spec, kubelet) => deleted(graceSeconds, spec, kubelet),
  // k8s.io/kubectl pkg/drain/drain.go: kubectl sends only a --grace-period of 0 s or more.
  drain: ({ graceSeconds }, spec, kubelet) =>
    deleted(isNegative(graceSeconds) ? undefined : graceSeconds, spec, kubelet),
  // cluster-autoscaler core/scaledown/actuation/drain.go evictPod: the eviction requests the grace period of the spec,
  // but at most the maximum.
  clusterAutoscaler: ({ maxGraceSeconds = AUTOSCALER_MAX_SECONDS }, spec, kubelet) =>
    deleted(Math.min(spec, maxGraceSeconds), spec, kubelet),
  // pkg/scheduler/util DeletePod, pkg/controller/tainteviction, controller_utils.go RealPodControl.DeletePod and
  // similar functions delete the pod with empty delete options.
  schedulerPreemption: plainDelete,
  taintEviction: plainDelete,
  garbageCollection: plainDelete,
  namespaceDeletion: plainDelete,
  jobDeadline: plainDelete,
  controller: plainDelete,
  // pkg/kubelet/preemption/preemption.go evictPodsToFreeRequests: the kubelet calls killPodNow without a grace period
  // override.
  kubeletPreemption: plainKill,
  // kubelet.go HandlePodRemoves, deletePod: the kubelet kills the pod without a grace period override. The kubelet
  // itself sets the default grace period of a static pod.
  staticPodRemoved: plainKill,
  // pkg/kubelet/eviction/eviction_manager.go: the override is 1 s from Kubernetes 1.30. Until Kubernetes 1.29, the
  // override is 0 s, which counts as no request.
  hardEviction: (_, spec, kubelet) => killed(0, spec, kubelet),
  storageLimit: (_, spec, kubelet) => killed(0, spec, kubelet),
  // eviction_manager.go synchronize: the override is `evictionMaxPodGracePeriod`, but from Kubernetes 1.32 at most the
  // grace period of the spec.
  softEviction: ({ maxGraceSeconds: max = 0 }, spec, kubelet) =>
    killed(capsSoftEviction(kubelet) ? Math.min(max, spec) : max, spec, kubelet),
  // nodeshutdown_manager.go killPods: the override is the smaller of the grace period of the spec and the time of the
  // pod's priority group.
  nodeShutdown: ({ kubelet: configuration, priority = 0 }, spec, kubelet) => {
    const group = nodeShutdownSeconds(configuration, priority);
    return group === undefined ? undefined : killed(Math.min(group, spec), spec, kubelet);
  },
  // kuberuntime_container.go setTerminationGracePeriod: the grace period of the probe applies if it is set, even if it
  // is longer than the grace period of the pod.
  livenessFailure: failedProbe,
  startupFailure: failedProbe,
  // kuberuntime_container.go startContainer, kuberuntime_manager.go SyncPod step 3: the kubelet kills the container
  // without a grace period override.
  postStartFailure: (_, spec) => withoutOverride(spec, "container"),
  definitionChange: (_, spec) => withoutOverride(spec, "container"),
  resize: (_, spec) => withoutOverride(spec, "container"),
  // kuberuntime_manager.go SyncPod step 2, killPodWithSyncResult: the kubelet kills the whole pod without a grace
  // period override.
  sandboxChange: (_, spec) => withoutOverride(spec, "pod"),
  // pod_workers.go completeSync: the kubelet calls SyncTerminatingPod without a grace period override. An exceeded
  // deadline sets the phase Failed, which leads to completeSync, too (pkg/kubelet/active_deadline.go, kubelet.go
  // SyncPod).
  completion: (_, spec) => withoutOverride(spec, "pod"),
  podDeadline: (_, spec) => withoutOverride(spec, "pod"),
  // kuberuntime_manager.go SyncPod (1.35, 1.36): the grace period override is 0 s. No other trigger passes an override
  // of 0 s to killContainer.
  restartAllContainers: () => ({ seconds: 0, scope: "container", override: true, hookSeconds: 0 }),
  // kubelet.go SyncTerminatingRuntimePod: the grace period override is 1 s. The kubelet builds this pod from the
  // running containers, without hooks.
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

/** core/v1 conversion.go (from Kubernetes 1.21): a negative grace period of a pod becomes 1 s. */
function specGrace(seconds: number): number {
  return isNegative(seconds) ? 1 : wholeSeconds(seconds);
}

function isNegative(seconds: number | undefined): boolean {
  return seconds !== undefined && seconds < 0;
}

/**
 * strategy.go `CheckGracefulDelete` with rest/delete.go `BeforeDelete`: the delete writes `deletionGracePeriodSeconds`.
 * The value is the requested grace period, even if it is longer than the grace period of the spec. A negative request
 * becomes 1 s. Without a request, the value is the grace period of the spec. The API server writes even a value of 0 s
 * before it removes the object, so the kubelet sees this value.
 */
function deleted(asked: number | undefined, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  const written = specGrace(asked ?? spec);
  return { ...killed(written, spec, kubelet), ...(restoresFullGrace(kubelet) && { hookSeconds: written }) };
}

/**
 * pod_workers.go `calculateEffectiveGracePeriod`: the requested grace period, or without a request the grace period of
 * the spec, but at least 1 s. Until Kubernetes 1.29, a requested grace period of 0 s counts as no request.
 *
 * Until Kubernetes 1.27, the override does not limit the hook. The limit comes from kuberuntime_container.go
 * `setTerminationGracePeriod`: the grace period that a delete wrote (with 0 s, no hook runs: issue 123408), or the
 * grace period of the spec.
 */
function killed(asked: number | undefined, spec: number, kubelet: KubeletVersion): EffectiveGrace {
  const isAsked = asked !== undefined && (asked !== 0 || honoursZero(kubelet));
  const seconds = Math.max(1, wholeSeconds(isAsked ? asked : spec));
  return { seconds, scope: "pod", override: true, hookSeconds: restoresFullGrace(kubelet) ? spec : seconds };
}

/**
 * kuberuntime_container.go `setTerminationGracePeriod`: the grace period is used unchanged. With a grace period of 0 s,
 * no hook runs.
 */
function withoutOverride(seconds: number, scope: EffectiveGrace["scope"]): EffectiveGrace {
  return { seconds, scope, override: false, hookSeconds: seconds };
}
