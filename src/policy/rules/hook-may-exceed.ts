import { isKnown } from "../../hook/interval.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { ContainerFacts } from "../model/pod-facts.ts";
import { graceRule } from "./fix/grace-rule.ts";

/**
 * hook-may-exceed: the hook has a known limit, and the limit is the grace period or more.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds
 * Allowed: a hook whose longest run is shorter than the grace
 * Unset:   the grace is 30
 * Default: Warn. A short run fits.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `executePreStopHook` (1.29 to 1.36)
 */
export const hookMayExceed = graceRule(
  {
    id: "hook-may-exceed",
    action: "Warn",
    when: "the longest run of the hook is the grace or more, the shortest is not",
    why: "A quick run of the hook fits, a slow one is cut off in the middle, and then the app gets 2 s. It is the run on a bad day that is cut.",
    advice:
      "Raise the grace to the longest run + shutdown, or lower the limit of the hook (its `timeout`, its number of tries).",
  },
  ({ seconds }, grace) => isKnown(seconds) && seconds.min < grace && seconds.max >= grace,
  {
    deny: (container, grace) => `preStop may take ${upTo(container)} but the pod has ${grace} to stop`,
    clause: ", so a slow run is killed mid-hook",
    denySeveral: (grace) => `may not fit the ${grace} grace`,
    warn: (container, grace) => `preStop may take ${upTo(container)}, grace is ${grace}`,
    brief: (container, grace) => `preStop ${upTo(container)}, grace ${grace}`,
    warnSeveral: (grace) => `may not fit grace ${grace}`,
    detail: upTo,
  },
);

function upTo({ hook }: ContainerFacts): string {
  return `up to ${inSeconds(hook?.seconds.max ?? 0)}`;
}
