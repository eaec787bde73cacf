import { isKnown } from "../../hook/interval.ts";
import { inSeconds, spanOf } from "../messages/seconds.ts";
import type { Rule } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import { fixSentence, fixWords, named, nameOf, only } from "./fix/fix-text.ts";

/**
 * poststart-holds-stop: a pod that is deleted while its postStart hook runs is not stopped until that is over.
 *
 * Fields:  lifecycle.postStart, spec.terminationGracePeriodSeconds
 * Allowed: a postStart hook that surely ends within the grace
 * Unset:   nothing to find
 * Default: Audit
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `startContainer` and kubelet.go `SyncPod` (1.36): the hook runs
 *          inside the start of the container, which a deletion does not interrupt; no grace bounds it
 */
export const postStartHoldsStop: Rule = {
  id: "poststart-holds-stop",
  action: "Audit",
  when: "a postStart hook of unknown length, or longer than the grace",
  why: "A postStart hook has no time limit. A deletion meanwhile waits for it, whatever the grace says; while one that never ends goes on, the pod is not stopped at all.",
  advice:
    "Give the hook a limit of its own (`timeout 20 ...`), or do its work in an init container or in the app.",
  find: (pod) =>
    pod.containers
      .filter(({ postStart }) => postStart !== undefined && postStart.max > pod.graceSeconds)
      .map((container) => {
        const path = `${container.path}.lifecycle.postStart`;
        return { container, path, fix: [{ path, value: undefined }] };
      }),
  deny: (findings, pod) => {
    const fix = `. ${limited(pod, "Give", ", or ", fixSentence(findings))}.`;
    const one = only(findings);
    if (one === undefined)
      return {
        what: `${findings.length} containers have a postStart that may hold up a deletion: ${named(findings, () => "")}`,
        fix,
      };
    return {
      what: `${nameOf(one)}: postStart ${takes(one.container, pod)}`,
      clause: ", and a deletion meanwhile waits for it, whatever the grace",
      fix,
    };
  },
  warn: (findings, pod) => {
    const fix = `; ${limited(pod, "give", " or ", fixWords(findings))}`;
    const one = only(findings);
    if (one === undefined)
      return { what: `${findings.length} containers: postStart may hold up a deletion`, fix };
    const brief = "postStart may hold up a deletion";
    return { what: `${nameOf(one)}: ${brief}`, brief, fix };
  },
};

/** `Give it a limit of 30s, or remove ...`; no limit is short enough where the grace is 0. */
function limited({ graceSeconds }: PodFacts, give: string, or: string, removal: string): string {
  if (graceSeconds < 1) return removal;
  return `${give} it a limit of ${inSeconds(graceSeconds)}${or}${removal.charAt(0).toLowerCase()}${removal.slice(1)}`;
}

function takes({ postStart }: ContainerFacts, pod: PodFacts): string {
  if (postStart === undefined || !isKnown(postStart)) return "has no known end";
  return `takes ${spanOf(postStart)} of a ${inSeconds(pod.graceSeconds)} grace`;
}
