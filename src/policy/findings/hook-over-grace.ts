import { ENDLESS_SECONDS } from "../../hook/interval.ts";
import type { Finding, FindingKind } from "../finding.ts";
import { inSeconds, spanOf } from "../seconds.ts";
import {
  fixSentence,
  fixWords,
  graceFix,
  gracePath,
  graceSum,
  hookRuns,
  hookSpan,
  named,
  nameOf,
  only,
  orShorten,
  removeHook,
} from "./common.ts";

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
export const hookOverGrace: FindingKind = {
  id: "hook-over-grace",
  find: (pod) =>
    hookRuns(pod)
      .filter(({ hook }) => hook.seconds.min > pod.graceSeconds)
      .map((container): Finding => {
        const fix = container.hook.seconds.min >= ENDLESS_SECONDS ? removeHook(container) : graceFix(pod);
        return { id: "hook-over-grace", action: "Deny", container, path: gracePath(pod), fix };
      }),
  deny: (findings, pod) => {
    const grace = inSeconds(pod.graceSeconds);
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `${findings.length} containers do not fit the ${grace} grace: ${named(findings, hookSpan)}`,
        fix: `. ${fixSentence(findings)}.`,
      };
    }
    return {
      what: `${nameOf(one)}: preStop ${takes(one)} but the pod has ${grace} to stop`,
      clause: ", so it is killed mid-hook",
      fix: `. ${fixSentence(findings)}${graceSum(pod, findings)}${orShorten(pod)}.`,
    };
  },
  warn: (findings, pod) => {
    const grace = inSeconds(pod.graceSeconds);
    const one = only(findings);
    const what =
      one === undefined
        ? `${findings.length} containers do not fit grace ${grace} (${named(findings, hookSpan)})`
        : `${nameOf(one)}: ${hookSpan(one.container)} does not fit grace ${grace}`;
    return { what, fix: `; ${fixWords(findings)}` };
  },
};

function takes({ container }: Finding): string {
  const seconds = container?.hook?.seconds;
  if (seconds === undefined) return "takes time";
  return seconds.min >= ENDLESS_SECONDS ? "never ends" : `takes ${spanOf(seconds)}`;
}
