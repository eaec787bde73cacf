import { ENDLESS_SECONDS } from "../../hook/interval.ts";
import type { FindingKind, Found } from "../finding.ts";
import { inSeconds, spanOf } from "../seconds.ts";
import {
  fixSentence,
  fixWords,
  gracePath,
  graceSum,
  hookRuns,
  hookSpan,
  named,
  nameOf,
  only,
  orShorten,
  removeHook,
  roomFix,
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
  action: "Deny",
  when: "the hook takes longer than the grace, however it runs",
  why: "The time of the hook is spent inside the grace period. At the end of the grace the kubelet stops waiting for the hook and sends the stop signal; two seconds later it kills what still runs. The app never gets time to finish its requests.",
  advice: "Raise the grace to hook + shutdown, or make the hook shorter.",
  find: (pod) =>
    hookRuns(pod)
      .filter(({ hook }) => hook.seconds.min > pod.graceSeconds)
      .map((container): Found => {
        const fix =
          container.hook.seconds.min >= ENDLESS_SECONDS ? removeHook(container) : roomFix(container, pod);
        return { container, path: gracePath(pod), fix };
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
      fix: `. ${fixSentence(findings)}${graceSum(pod, findings)}${orShorten(pod, findings)}.`,
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

function takes({ container }: Found): string {
  const seconds = container?.hook?.seconds;
  if (seconds === undefined) return "takes time";
  return seconds.min >= ENDLESS_SECONDS ? "never ends" : `takes ${spanOf(seconds)}`;
}
