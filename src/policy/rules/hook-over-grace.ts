import { isEndless } from "../assess/build-facts.ts";
import { spanOf } from "../messages/seconds.ts";
import { type HookedContainer, hookSpan, removeHook } from "./fix/fix-text.ts";
import { graceRule } from "./fix/grace-rule.ts";

/**
 * hook-over-grace: the hook takes longer than the grace period, however it runs.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds
 * Allowed: a hook that is shorter than the grace
 * Unset:   the grace is 30
 * Default: Deny
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `executePreStopHook` (1.29 to 1.36): the kubelet waits for the
 *          hook at most for the grace, then sends the stop signal; the hook's time is not added to the grace
 */
export const hookOverGrace = graceRule(
  {
    id: "hook-over-grace",
    action: "Deny",
    when: "the hook takes longer than the grace, however it runs",
    why: "The time of the hook is spent inside the grace period. At the end of the grace the kubelet stops waiting for the hook and sends the stop signal; two seconds later it kills what still runs. The app never gets time to finish its requests.",
    advice: "Raise the grace to hook + shutdown, or make the hook shorter.",
  },
  ({ seconds }, grace) => seconds.min > grace,
  {
    deny: (container, grace) => `preStop ${takes(container)} but the pod has ${grace} to stop`,
    clause: ", so it is killed mid-hook",
    denySeveral: (grace) => `do not fit the ${grace} grace`,
    warn: (container, grace) => `${hookSpan(container)} does not fit grace ${grace}`,
    brief: (container, grace) => `${hookSpan(container)} > grace ${grace}`,
    warnSeveral: (grace) => `do not fit grace ${grace}`,
    detail: hookSpan,
  },
  (container, room) => (isEndless(container.hook) ? removeHook(container) : room),
);

function takes(container: HookedContainer): string {
  return isEndless(container.hook) ? "never ends" : `takes ${spanOf(container.hook.seconds)}`;
}
