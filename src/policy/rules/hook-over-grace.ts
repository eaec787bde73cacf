import { isEndless, isSurelyEndless } from "../assess/build-facts.ts";
import { spanOf } from "../messages/seconds.ts";
import { removeHook } from "./containers.ts";
import { graceRule } from "./grace-rule.ts";

/**
 * hook-over-grace: even the shortest run of the hook is longer than the grace period.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds.
 * Allowed: a hook that is not longer than the grace period (no-shutdown-time reports a hook of the same length).
 * Unset:   the grace period is 30 s.
 * Default: Deny.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `executePreStopHook` (1.29 to 1.36): the kubelet waits for
 *          the hook, at most for the grace period, and then sends the stop signal. The time of the hook is a part of
 *          the grace period.
 */
export const hookOverGrace = graceRule(
  {
    id: "hook-over-grace",
    action: "Deny",
    when: "even the shortest run of the hook takes longer than the grace period",
    why: "The hook runs inside the grace period. At the end of the grace period the kubelet stops waiting for the hook and sends the stop signal; two seconds later it kills everything that still runs. The app never gets time to finish its requests.",
    advice: "Raise the grace period to hook + shutdown, or make the hook shorter.",
  },
  ({ seconds }, grace) => seconds.min > grace,
  {
    problem: (hook, grace, note) =>
      `preStop ${isSurelyEndless(hook) ? "never ends" : `takes ${spanOf(hook.seconds)}`} but the pod has ${grace}${note} to stop`,
    consequence: () => ", so it is killed mid-hook",
    headline: (grace) => `do not fit the ${grace} grace`,
  },
  (container, time) => (isEndless(container.hook) ? removeHook(container) : time),
);
