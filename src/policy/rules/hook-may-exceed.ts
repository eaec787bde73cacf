import { isKnown } from "../../hook/interval.ts";
import { inSeconds } from "../messages/seconds.ts";
import { graceRule } from "./grace-rule.ts";

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
    when: "the longest run of the hook does not fit the grace period, but the shortest run does",
    why: "A fast run of the hook fits. A slow run is cut off in the middle, and then the app gets 2 s. The slow run is the one on a bad day.",
    advice:
      "Raise the grace period to the longest run + shutdown, or lower the limit of the hook (its `timeout`, its number of tries).",
  },
  ({ seconds }, grace) => isKnown(seconds) && seconds.min < grace && seconds.max >= grace,
  {
    problem: ({ seconds }, grace) =>
      `preStop may take up to ${inSeconds(seconds.max)} but the pod has ${grace} to stop`,
    consequence: ", so a slow run is killed mid-hook",
    headline: (grace) => `may not fit the ${grace} grace`,
    detail: ({ seconds }) => `preStop up to ${inSeconds(seconds.max)}`,
  },
);
