import type { Trigger } from "../termination/grace.ts";
import type { ShutdownConfiguration } from "../termination/node-shutdown.ts";

/** How a pod is stopped: by a delete, a drain, an eviction and so on. Times are in seconds. */
export type Ending =
  /**
   * `graceSeconds` is `--grace-period` of `kubectl delete` or `kubectl drain`, or `evictionMaxPodGracePeriod` of the
   * kubelet.
   */
  | { readonly on: "delete" | "drain" | "soft-eviction"; readonly graceSeconds?: number }
  | { readonly on: "hard-eviction" | "preemption" }
  /** Each container with a liveness probe is stopped separately, as if its probe had failed. */
  | { readonly on: "liveness" }
  | { readonly on: "node-shutdown"; readonly kubelet: ShutdownConfiguration }
  /** A drain of a spot node, whose power goes off after `noticeSeconds`. */
  | { readonly on: "spot"; readonly noticeSeconds: number };

export const PLAIN_DELETE: Ending = { on: "delete" };

/** Each way to stop a pod (delete, drain, eviction and so on), with its default times. */
export const ENDINGS: Readonly<Record<Ending["on"], Ending>> = {
  delete: PLAIN_DELETE,
  drain: { on: "drain" },
  "hard-eviction": { on: "hard-eviction" },
  // The kubelet's default of evictionMaxPodGracePeriod is 0 s.
  "soft-eviction": { on: "soft-eviction", graceSeconds: 0 },
  // The kubelet's default of shutdownGracePeriod and shutdownGracePeriodCriticalPods is 0 s, with which a node shutdown
  // stops no pods. The example in the Kubernetes documentation has 30 s and 10 s.
  "node-shutdown": {
    on: "node-shutdown",
    kubelet: { shutdownGracePeriod: 30, shutdownGracePeriodCriticalPods: 10 },
  },
  // AWS gives a notice of 120 s before it stops a spot node; Google Cloud and Azure give 30 s.
  spot: { on: "spot", noticeSeconds: 120 },
  liveness: { on: "liveness" },
  preemption: { on: "preemption" },
};

/** The explanation of a plain delete summarizes these other ways to stop the pod. */
export const OTHER_ENDINGS: readonly Ending[] = [
  ENDINGS.drain,
  ENDINGS.preemption,
  ENDINGS.spot,
  { on: "spot", noticeSeconds: 30 },
  ENDINGS["node-shutdown"],
  ENDINGS["soft-eviction"],
  ENDINGS["hard-eviction"],
  ENDINGS.liveness,
];

export function isPlainDelete(ending: Ending): boolean {
  return ending.on === "delete" && ending.graceSeconds === undefined;
}

/** The seconds from the start of the stop until the power of the node goes off. */
export function powerOffAt(ending: Ending): number {
  return ending.on === "spot" ? ending.noticeSeconds : Number.POSITIVE_INFINITY;
}

/**
 * Converts the way in which a whole pod is stopped (delete, drain, eviction) into a trigger of the timeline. A node
 * shutdown depends on the priority of the pod.
 */
export function triggerOf(
  ending: Exclude<Ending, { on: "liveness" }>,
  priority: number | undefined,
): Trigger {
  switch (ending.on) {
    case "delete":
    case "drain":
      return {
        kind: ending.on,
        ...(ending.graceSeconds !== undefined && { graceSeconds: ending.graceSeconds }),
      };
    case "soft-eviction":
      return { kind: "softEviction", maxGraceSeconds: ending.graceSeconds ?? 0 };
    case "hard-eviction":
      return { kind: "hardEviction" };
    case "preemption":
      return { kind: "schedulerPreemption" };
    case "node-shutdown":
      return { kind: "nodeShutdown", kubelet: ending.kubelet, priority: priority ?? 0 };
    case "spot":
      return { kind: "drain" };
  }
}
