import type { FindingKind, Found } from "../finding.ts";
import { inSeconds } from "../seconds.ts";
import {
  fixSentence,
  fixWords,
  gracePath,
  hookRuns,
  hookSpan,
  named,
  nameOf,
  only,
  orShorten,
  roomFix,
} from "./common.ts";

/**
 * no-shutdown-time: the hook fills the grace period to the second.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds
 * Allowed: a hook that is shorter than the grace
 * Unset:   the grace is 30
 * Default: Deny. The API server accepts it: its message says "less than", its test is "not more than".
 * Source:  pkg/apis/core/validation/validation.go `validateSleepAction` (1.29 to 1.36); kuberuntime_manager.go
 *          `minimumGracePeriodInSeconds`: what is left for the app is the kubelet's 2 seconds
 */
export const noShutdownTime: FindingKind = {
  id: "no-shutdown-time",
  action: "Deny",
  when: "the hook fills the grace to the second",
  why: 'The API server accepts a sleep as long as the grace (its message says "less than", its test is "not more than"). The stop signal then comes as the time runs out, and the app gets the 2 s that the kubelet gives in any case.',
  advice: "Raise the grace to hook + shutdown, or make the hook shorter.",
  find: (pod) =>
    hookRuns(pod)
      .filter(({ hook }) => hook.seconds.min === pod.graceSeconds)
      .map((container): Found => {
        return {
          container,
          path: gracePath(pod),
          fix: roomFix(container, pod),
        };
      }),
  deny: (findings, pod) => {
    const grace = inSeconds(pod.graceSeconds);
    const one = only(findings);
    if (one === undefined) {
      return {
        what: `${findings.length} containers fill the whole ${grace} grace: ${named(findings, hookSpan)}`,
        fix: `. ${fixSentence(findings)}.`,
      };
    }
    return {
      what: `${nameOf(one)}: ${hookSpan(one.container)} fills the whole ${grace} grace`,
      clause: "; the API accepts this, but the stop signal comes only as the time runs out",
      fix: `. ${fixSentence(findings)}${orShorten(pod, findings)}.`,
    };
  },
  warn: (findings, pod) => {
    const one = only(findings);
    const who = one === undefined ? `${findings.length} containers` : nameOf(one);
    return {
      what: `${who}: preStop fills the whole ${inSeconds(pod.graceSeconds)} grace`,
      fix: `; ${fixWords(findings)}`,
    };
  },
};
