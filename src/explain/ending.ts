import type { Trigger } from "../termination/grace.ts";
import type { ShutdownConfiguration } from "../termination/node-shutdown.ts";

/** How a pod is stopped, in a person's words. All in seconds. */
export type Ending =
  /** `graceSeconds`: `kubectl delete` and `kubectl drain --grace-period`; `evictionMaxPodGracePeriod` of the kubelet. */
  | { readonly on: "delete" | "drain" | "soft-eviction"; readonly graceSeconds?: number }
  | { readonly on: "hard-eviction" | "preemption" }
  /** Each container with such a probe, separately. */
  | { readonly on: "liveness" }
  | { readonly on: "node-shutdown"; readonly kubelet: ShutdownConfiguration }
  /** A drain, and after `noticeSeconds` the power goes off. */
  | { readonly on: "spot"; readonly noticeSeconds: number };

export const PLAIN_DELETE: Ending = { on: "delete" };

/** The numbers of endings, if none are given. */
export const ENDINGS: Readonly<Record<Ending["on"], Ending>> = {
  delete: PLAIN_DELETE,
  drain: { on: "drain" },
  "hard-eviction": { on: "hard-eviction" },
  // The kubelet's default of evictionMaxPodGracePeriod.
  "soft-eviction": { on: "soft-eviction", graceSeconds: 0 },
  // The kubelet's default is 0, with which it stops no pods. These are the numbers in its documentation.
  "node-shutdown": {
    on: "node-shutdown",
    kubelet: { shutdownGracePeriod: 30, shutdownGracePeriodCriticalPods: 10 },
  },
  // AWS gives 120 s; Google Cloud and Azure give 30 s.
  spot: { on: "spot", noticeSeconds: 120 },
  liveness: { on: "liveness" },
  preemption: { on: "preemption" },
};

/** The endings in the summary of an explanation of a plain delete. */
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

/** When the power of the node goes off, in seconds from the start. */
export function powerOffAt(ending: Ending): number {
  return ending.on === "spot" ? ending.noticeSeconds : Number.POSITIVE_INFINITY;
}

/** The trigger of an ending of a whole pod with this priority. */
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
