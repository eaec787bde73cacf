import type { FindingKind, Fix } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { printedGrace } from "../seconds.ts";
import { FIRST_MINOR_WITH_SLEEP_EVERYWHERE } from "../sleep-action.ts";
import { fixSentence, fixWords, gracePath, hookPath, named, nameOf, only } from "./common.ts";

/**
 * hook-missing: traffic is sent to a container that stops listening while it still comes.
 *
 * Fields:  ports, readinessProbe, lifecycle.preStop, spec.restartPolicy
 * Allowed: a hook, or a namespace where one is injected; a pod that ends by itself
 * Unset:   restartPolicy is Always
 * Default: Audit. Many apps handle it themselves.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `killContainer` (1.36): without a hook the stop signal is sent
 *          at once; the endpoints are changed at that moment, not before
 */
export const hookMissing: FindingKind = {
  id: "hook-missing",
  action: "Audit",
  when: "a container with ports or a readiness probe has no hook, and none is injected",
  why: "The stop signal and the change of the endpoints come at the same moment. Until every node and load balancer knows, requests still arrive at a port that the app has closed.",
  advice: "Let gracekeeper add a hook (namespace label gracekeeper.dev/inject: enabled), or write one.",
  find: (pod) => {
    const { spec } = pod.subject;
    const ends = spec.restartPolicy === "Never" || spec.restartPolicy === "OnFailure";
    const hurried = spec.graceSeconds !== undefined && spec.graceSeconds <= 1;
    if (ends || hurried || !pod.settled) return [];
    return pod.containers.filter(isServing).map((container) => ({
      container,
      path: hookPath(container),
      fix: fixOf(container, pod),
    }));
  },
  deny: (findings) => {
    const one = only(findings);
    const fix = `. ${fixSentence(findings)}.`;
    if (one === undefined)
      return { what: `${findings.length} containers have no preStop: ${named(findings, () => "")}`, fix };
    return {
      what: `${nameOf(one)}: no preStop`,
      clause: ", so it may stop listening while requests still come",
      fix,
    };
  },
  warn: (findings) => {
    const one = only(findings);
    const who = one === undefined ? `${findings.length} containers` : nameOf(one);
    return {
      what: `${who}: no preStop, requests may meet a closed port`,
      brief: `${who}: no preStop`,
      fix: `; ${fixWords(findings)}`,
    };
  },
};

function isServing({ container, hook }: JudgedContainer): boolean {
  const served = container.hasPorts || container.hasReadinessProbe;
  return served && hook === undefined && !container.sidecar;
}

function fixOf(container: JudgedContainer, pod: JudgedPod): readonly Fix[] {
  const { prestopSleepSeconds, kubernetesMinor, limit } = pod.values;
  const native = kubernetesMinor !== undefined && kubernetesMinor >= FIRST_MINOR_WITH_SLEEP_EVERYWHERE;
  const hook: Fix = native
    ? { path: hookPath(container), value: { sleep: { seconds: prestopSleepSeconds } } }
    : { path: `${hookPath(container)}.exec.command`, value: ["sleep", `${prestopSleepSeconds}`] };
  const grace = printedGrace(pod.graceSeconds + prestopSleepSeconds);
  const allowed = limit === undefined ? grace : Math.min(grace, limit.seconds);
  return allowed > pod.graceSeconds ? [hook, { path: gracePath(pod), value: allowed }] : [hook];
}
