import { isKnown } from "../../hook/interval.ts";
import type { FindingKind, Found } from "../finding.ts";
import type { JudgedContainer } from "../judged-pod.ts";
import { inSeconds } from "../seconds.ts";
import {
  fixSentence,
  fixWords,
  gracePath,
  graceSum,
  hookRuns,
  named,
  nameOf,
  only,
  orShorten,
  roomFix,
} from "./common.ts";

/**
 * hook-may-exceed: the hook has a known limit, and the limit is the grace period or more.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds
 * Allowed: a hook whose longest run is shorter than the grace
 * Unset:   the grace is 30
 * Default: Warn. A short run fits.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `executePreStopHook` (1.29 to 1.36)
 */
export const hookMayExceed: FindingKind = {
  id: "hook-may-exceed",
  action: "Warn",
  when: "the longest run of the hook is the grace or more, the shortest is not",
  why: "A quick run of the hook fits, a slow one is cut off in the middle, and then the app gets 2 s. It is the run on a bad day that is cut.",
  advice:
    "Raise the grace to the longest run + shutdown, or lower the limit of the hook (its `timeout`, its number of tries).",
  find: (pod) =>
    hookRuns(pod)
      .filter(
        ({ hook }) =>
          isKnown(hook.seconds) &&
          hook.seconds.min < pod.graceSeconds &&
          hook.seconds.max >= pod.graceSeconds,
      )
      .map((container): Found => {
        return { container, path: gracePath(pod), fix: roomFix(container, pod) };
      }),
  deny: (findings, pod) => {
    const grace = inSeconds(pod.graceSeconds);
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `${findings.length} containers may not fit the ${grace} grace: ${named(findings, upTo)}`,
        fix: `. ${fixSentence(findings)}.`,
      };
    }
    return {
      what: `${nameOf(one)}: preStop may take ${upTo(one.container)} but the pod has ${grace} to stop`,
      clause: ", so a slow run is killed mid-hook",
      fix: `. ${fixSentence(findings)}${graceSum(pod, findings)}${orShorten(pod, findings)}.`,
    };
  },
  warn: (findings, pod) => {
    const grace = inSeconds(pod.graceSeconds);
    const one = only(findings);
    const what =
      one === undefined
        ? `${findings.length} containers may not fit grace ${grace} (${named(findings, upTo)})`
        : `${nameOf(one)}: preStop may take ${upTo(one.container)}, grace is ${grace}`;
    return { what, fix: `; ${fixWords(findings)}` };
  },
};

function upTo({ hook }: JudgedContainer): string {
  return `up to ${inSeconds(hook?.seconds.max ?? 0)}`;
}
