import { isKnown } from "../../hook/interval.ts";
import { isEndless } from "../assess/build-facts.ts";
import { plannedSpan } from "../messages/names.ts";
import { meantRun, meantRunBrief } from "../messages/run-text.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { HookFacts } from "../model/pod-facts.ts";
import { removeHook } from "./containers.ts";
import { graceRule } from "./grace-rule.ts";

/**
 * hook-may-exceed: the hook may run, or is meant to run, for the grace period or longer.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds.
 * Allowed: a hook whose longest run is shorter than the grace period. If the longest run is not known, the duration
 *          that the hook's author seems to intend must be shorter than the grace period.
 * Unset:   the grace period is 30 s.
 * Default: Warn, because a short run fits. The rule never denies if the longest run is not known.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `executePreStopHook` (1.29 to 1.36).
 */
export const hookMayExceed = graceRule(
  {
    id: "hook-may-exceed",
    action: "Warn",
    actionNote: "never Deny if the longest run is not known",
    when: "a fast run of the hook fits the grace period, but a slow run does not",
    why: "A slow run of the hook is cut off in the middle, and then the app gets 2 s. A program without a time limit is assumed to be fast, and the sleeps and time limits of the hook are added up.",
    advice:
      "Raise the grace period to the longest run + shutdown. Or make the longest run shorter: its `timeout`, its number of tries, or its sleep.",
  },
  ({ seconds, known }, grace) => seconds.min < grace && known >= grace,
  {
    problem: (hook, grace, note) =>
      isKnown(hook.seconds)
        ? `preStop may take up to ${inSeconds(hook.seconds.max)} but the pod has ${grace}${note} to stop`
        : `preStop ${meant(hook)}; the pod has ${grace}${note}`,
    brief: (hook, grace) => `${isKnown(hook.seconds) ? upTo(hook) : briefly(hook)}, grace ${grace}`,
    consequence: (hook) => `, so ${isKnown(hook.seconds) ? "a slow" : "such a"} run is killed mid-hook`,
    headline: (grace) => `may not fit the ${grace} grace`,
    detail: (hook) => (isKnown(hook.seconds) ? upTo(hook) : plannedSpan(hook)),
  },
  (container, time) => (isEndless(container.hook) ? removeHook(container) : time),
);

function upTo({ seconds }: HookFacts): string {
  return `preStop up to ${inSeconds(seconds.max)}`;
}

function meant(hook: HookFacts): string {
  return isEndless(hook) ? "may never end" : meantRun(hook);
}

function briefly(hook: HookFacts): string {
  return `preStop ${isEndless(hook) ? "may never end" : meantRunBrief(hook)}`;
}
