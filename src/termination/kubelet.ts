import { ENDLESS_SECONDS, type Interval, isPoint } from "../hook/interval.ts";
/**
 * The version of the kubelet that stops the pod: Kubernetes 1.`minor`.
 *
 * The known versions are 1.22 to 1.37. A newer version counts as 1.37, an older version as 1.22.
 */
export interface KubeletVersion {
  readonly minor: number;
}

/** The default if the version of the kubelet is not known. */
export const NEWEST_KUBELET: KubeletVersion = { minor: 37 };

/**
 * In Kubernetes 1.22 to 1.27, when the kubelet kills a pod, the process gets the full grace period after the hook, not
 * only the remaining time (kuberuntime_container.go `killContainer`). Pull request 115835 limited the process to the
 * remaining time in Kubernetes 1.28, without a backport.
 */
export function restoresFullGrace(kubelet: KubeletVersion): boolean {
  return kubelet.minor < 28;
}

/**
 * From Kubernetes 1.29, sidecars stop after the main containers, in order (kuberuntime_termination_order.go). In
 * Kubernetes 1.28, sidecars exist but stop in no order.
 */
export function ordersSidecars(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 29;
}

/**
 * From Kubernetes 1.30, a requested grace period of 0 s is raised to 1 s. Until Kubernetes 1.29, a requested grace
 * period of 0 s counts as no request, and the kubelet uses the grace period of the spec (pod_workers.go
 * `calculateEffectiveGracePeriod`, the test of `overridden`).
 */
export function honoursZero(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 30;
}

/**
 * From Kubernetes 1.32, a soft eviction never gives more than the grace period of the spec (eviction_manager.go
 * `synchronize`).
 */
export function capsSoftEviction(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 32;
}

/**
 * A grace period as the kubelet uses it, in whole seconds; a negative grace period counts as 0 s. The API allows any
 * length, but the kubelet's `time.Duration` overflows above 292 years. A grace period of more than 68 years counts as
 * 68 years.
 */
export function wholeSeconds(seconds: number): number {
  return Number.isNaN(seconds) ? 0 : Math.floor(Math.min(Math.max(seconds, 0), ENDLESS_SECONDS));
}

/** Bounds of the fraction that truncation to whole seconds drops. */
export function fraction(seconds: Interval): Interval {
  const floor = Math.floor(seconds.min);
  if (!isPoint(seconds) && Math.floor(seconds.max) !== floor) return { min: 0, max: 1 };
  return { min: seconds.min - floor, max: seconds.max - floor };
}
