import { isKnown } from "../../hook/interval.ts";
import { plainNumber } from "../messages/seconds.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { fixSentence, fixWords, gracePath, hooked, hookPath, nameOf, removeHook } from "./fix/fix-text.ts";
import { graceFixes, isRaise } from "./fix/grace-fix.ts";

/**
 * grace-zero: the pod is killed at once, so its preStop hook is cut off as soon as it starts.
 *
 * Fields:  spec.terminationGracePeriodSeconds, lifecycle.preStop
 * Allowed: a grace of 1 or more, or no hook. A negative grace in a template becomes 1 in its pods.
 * Unset:   the grace is 30
 * Default: Deny
 * Source:  pkg/registry/core/pod/strategy.go `CheckGracefulDelete`: the delete of such a pod is a forced one;
 *          pkg/kubelet/pod_workers.go `calculateEffectiveGracePeriod` (1.28 to 1.36): the kubelet makes 1 of a 0;
 *          pkg/apis/core/v1/conversion.go: and the API server of a negative one in a pod
 */
export const graceZero: Rule = {
  id: "grace-zero",
  action: "Deny",
  when: "a hook under a grace of 0 (or a negative one in a template)",
  why: "A grace of 0 means an immediate kill: the pod is gone from the API at once, and the kubelet gives a hook 1 s at most before it stops the app. A negative grace in a template counts as 1. The hook looks as if it protected requests, and does not.",
  advice: "Give the pod a grace that holds hook and shutdown, or take the hook out if the pod may be killed.",
  find: (pod) => {
    const grace = pod.subject.spec.graceSeconds;
    if (grace === undefined || grace > 0) return [];
    const room = graceFixes(pod);
    return hooked(pod).map((container): Violation => {
      const { reading, seconds } = container.hook;
      const works = reading.cannotRun === undefined && isKnown(seconds);
      const fix = works ? room(container) : removeHook(container);
      return { container, path: gracePath(pod), fix };
    });
  },
  deny: (findings, pod) => ({
    what: `pod: ${gracePath(pod)}: ${grace(pod)} ${isNegative(pod) ? "counts as 1 in its pods" : "means an immediate kill"}`,
    clause: `, so the preStop of ${names(findings)} gets 1s at most`,
    fix: `. ${fixSentence(byPath(findings))}${orRemove(findings)}.`,
  }),
  warn: (findings, pod) => ({
    what: `${names(findings)}: preStop gets 1s at most under grace ${grace(pod)}`,
    brief: `${names(findings).replace(/^\w+ (?=")/, "")}: 1s at most under grace ${grace(pod)}`,
    fix: `; ${fixWords(byPath(findings))}`,
  }),
};

/** One hook is named by its path, for the message is about the pod. */
function byPath(findings: readonly Violation[]): readonly Violation[] {
  const [first, ...others] = findings;
  return first === undefined || others.length > 0 ? findings : [{ ...first, container: undefined }];
}

function isNegative(pod: PodFacts): boolean {
  return (pod.subject.spec.graceSeconds ?? 0) < 0;
}

function grace(pod: PodFacts): string {
  return plainNumber(pod.subject.spec.graceSeconds ?? 0);
}

function names(findings: readonly Violation[]): string {
  const [first] = findings;
  return first === undefined || findings.length > 1 ? `${findings.length} containers` : nameOf(first);
}

function orRemove([first, ...others]: readonly Violation[]): string {
  if (first?.container === undefined || others.length > 0 || !isRaise(first)) return "";
  return `, or remove ${hookPath(first.container)}`;
}
