import { isKnown } from "../../hook/interval.ts";
import type { Finding, FindingKind } from "../finding.ts";
import type { JudgedPod } from "../judged-pod.ts";
import { plainNumber } from "../seconds.ts";
import {
  fixSentence,
  fixWords,
  graceFix,
  gracePath,
  hooked,
  hookPath,
  nameOf,
  removeHook,
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
  find: (pod) => {
    const grace = pod.subject.spec.graceSeconds;
    if (grace === undefined || grace > 0) return [];
    return hooked(pod).map((container): Finding => {
      const planned = isKnown(container.hook.seconds) && pod.graceNeeded !== undefined && pod.graceNeeded > 0;
      const fix = planned ? graceFix(pod) : removeHook(container);
      return { id: "grace-zero", action: "Deny", container, path: gracePath(pod), fix };
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

function names(findings: readonly Finding[]): string {
  const [first] = findings;
  return first === undefined || findings.length > 1 ? `${findings.length} containers` : nameOf(first);
}

function orRemove([first, ...others]: readonly Finding[]): string {
  if (first?.container === undefined || others.length > 0 || first.fix[0]?.value === undefined) return "";
  return `, or remove ${hookPath(first.container)}`;
}
