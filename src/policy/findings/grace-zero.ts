import { isKnown } from "../../hook/interval.ts";
import type { FindingKind, Found } from "../finding.ts";
import type { JudgedPod } from "../judged-pod.ts";
import { plainNumber } from "../seconds.ts";
import {
  fixSentence,
  fixWords,
  gracePath,
  hooked,
  hookPath,
  isRaise,
  nameOf,
  removeHook,
  roomFix,
} from "./common.ts";

/**
 * grace-zero: the pod is killed at once, so its preStop hook never runs.
 *
 * Fields:  spec.terminationGracePeriodSeconds, lifecycle.preStop
 * Allowed: a grace of 1 or more, or no hook. A negative grace in a template becomes 1 in its pods.
 * Unset:   the grace is 30
 * Default: Deny
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainer` (1.36): a hook runs only under a grace
 *          above 0; pkg/registry/core/pod/strategy.go `CheckGracefulDelete`: the delete of such a pod is a forced one
 */
export const graceZero: FindingKind = {
  id: "grace-zero",
  action: "Deny",
  when: "a hook under a grace of 0 (or a negative one in a template)",
  why: "A grace of 0 means an immediate kill: the kubelet runs no hook and the app is not asked to stop. The hook looks as if it protected requests, and never runs.",
  advice: "Give the pod a grace that holds hook and shutdown, or take the hook out if the pod may be killed.",
  find: (pod) => {
    const grace = pod.subject.spec.graceSeconds;
    if (grace === undefined || grace > 0) return [];
    return hooked(pod).map((container): Found => {
      const planned = isKnown(container.hook.seconds) && pod.graceNeeded !== undefined && pod.graceNeeded > 0;
      const fix = planned ? roomFix(container, pod) : removeHook(container);
      return { container, path: gracePath(pod), fix };
    });
  },
  deny: (findings, pod) => ({
    what: `pod: ${gracePath(pod)}: ${grace(pod)} means an immediate kill`,
    clause: `, so the preStop of ${names(findings)} never runs`,
    fix: `. ${fixSentence(findings)}${orRemove(findings)}.`,
  }),
  warn: (findings, pod) => ({
    what: `${names(findings)}: preStop never runs under grace ${grace(pod)}`,
    fix: `; ${fixWords(findings)}`,
  }),
};

function grace(pod: JudgedPod): string {
  return plainNumber(pod.subject.spec.graceSeconds ?? 0);
}

function names(findings: readonly Found[]): string {
  const [first] = findings;
  return first === undefined || findings.length > 1 ? `${findings.length} containers` : nameOf(first);
}

function orRemove([first, ...others]: readonly Found[]): string {
  if (first?.container === undefined || others.length > 0 || !isRaise(first)) return "";
  return `, or remove ${hookPath(first.container)}`;
}
