import { ENDLESS_SECONDS, type Interval, isPoint } from "../hook/interval.ts";
/**
 * The version of the kubelet that stops the pod: Kubernetes 1.`minor`.
 *
 * Known are 1.22 to 1.37; a newer one counts as 1.37, an older one as 1.22.
 */
export interface KubeletVersion {
  readonly minor: number;
}

/** Assumed if the version of the kubelet is not known. */
export const NEWEST_KUBELET: KubeletVersion = { minor: 37 };

/**
 * 1.22 to 1.27: when a pod is killed, the process gets the full grace period after the hook, not only the rest of it
 * (kuberuntime_container.go `killContainer`; ended by pull request 115835 in 1.28, not
 * backported).
 */
export function restoresFullGrace(kubelet: KubeletVersion): boolean {
  return kubelet.minor < 28;
}

/** From 1.29: sidecars wait for their turn (kuberuntime_termination_order.go); in 1.28 they exist, unordered. */
export function ordersSidecars(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 29;
}

/**
 * From 1.30: a requested grace period of 0 is raised to 1. Until 1.29 it counts as no request, and the grace
 * period of the spec is used (pod_workers.go `calculateEffectiveGracePeriod`, the test of `overridden`).
 */
export function honoursZero(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 30;
}

/** From 1.32: a soft eviction never gives more than the grace period of the spec (eviction_manager.go `synchronize`). */
export function capsSoftEviction(kubelet: KubeletVersion): boolean {
  return kubelet.minor >= 32;
}

/**
 * A grace period as the kubelet uses it, in whole seconds; a negative one counts as 0. The API allows more than 68 years,
 * but the kubelet's arithmetic then overflows (`time.Duration` ends at 292 years), so anything longer counts as 68 years.
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
