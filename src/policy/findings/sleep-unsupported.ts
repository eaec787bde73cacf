import type { Handler } from "../../hook/handler.ts";
import type { FindingKind, Fix, Found } from "../finding.ts";
import type { JudgedContainer, JudgedPod } from "../judged-pod.ts";
import { FIRST_MINOR_WITH_SLEEP, FIRST_MINOR_WITH_SLEEP_OF_ZERO } from "../sleep-action.ts";
import { fixSentence, fixWords, hooked, hookPath, named, nameOf, only, removeHook } from "./common.ts";

/**
 * sleep-unsupported: the cluster refuses, drops or ignores the sleep action.
 *
 * Fields:  lifecycle.preStop.sleep, the version of the API server
 * Allowed: the sleep action from 1.30 on; `seconds: 0` from 1.33 on
 * Unset:   where nobody knows the version, nothing is said
 * Default: Warn. Seen in /mutate, explain and on the command line: a validating webhook never gets such a pod.
 * Source:  pkg/features/kube_features.go: PodLifecycleSleepAction alpha 1.29 (off), beta 1.30 (on);
 *          PodLifecycleSleepActionAllowZero beta 1.33 (on); pkg/apis/core/validation/validation.go `validateSleepAction`
 */
export const sleepUnsupported: FindingKind = {
  id: "sleep-unsupported",
  action: "Warn",
  beforeValidation: true,
  when: "the sleep action on a cluster that refuses, drops or ignores it",
  why: "API servers before 1.30 do not know the sleep action. They drop it and refuse the pod, for its hook is then empty. A sleep of 0 is refused before 1.33.",
  advice: "Use the command `sleep N`, if the image has the program.",
  find: (pod) =>
    hooked(pod)
      .filter(({ container }) => isUnsupported(container.preStop, pod))
      .map(
        (container): Found => ({ container, path: `${hookPath(container)}.sleep`, fix: fixOf(container) }),
      ),
  deny: (findings, pod) => {
    const fix = `. ${fixSentence(findings)}.`;
    const one = only(findings);
    if (one === undefined)
      return {
        what: `${version(pod)} refuses the sleep of ${findings.length} containers: ${named(findings, () => "")}`,
        fix,
      };
    return { what: `${nameOf(one)}: ${version(pod)} refuses ${said(one.container)}`, fix };
  },
  warn: (findings, pod) => {
    const fix = `; ${fixWords(findings)}`;
    const one = only(findings);
    if (one === undefined)
      return { what: `${version(pod)} refuses the sleep of ${findings.length} containers`, fix };
    return { what: `${nameOf(one)}: ${version(pod)} refuses ${said(one.container)}`, fix };
  },
};

function isUnsupported(handler: Handler | undefined, { values: { kubernetesMinor } }: JudgedPod): boolean {
  if (handler?.kind !== "sleep" || kubernetesMinor === undefined) return false;
  return kubernetesMinor < (handler.seconds === 0 ? FIRST_MINOR_WITH_SLEEP_OF_ZERO : FIRST_MINOR_WITH_SLEEP);
}

function version({ values }: JudgedPod): string {
  return `Kubernetes 1.${values.kubernetesMinor}`;
}

function said({ container: { preStop } }: JudgedContainer): string {
  return preStop?.kind === "sleep" && preStop.seconds === 0 ? "a preStop sleep of 0" : "preStop.sleep";
}

/** A sleep of 0 and one that the API server refuses on every version can only go. */
function fixOf(container: JudgedContainer): readonly Fix[] {
  const handler = container.container.preStop;
  if (handler?.kind !== "sleep" || handler.seconds <= 0) return removeHook(container);
  return [{ path: hookPath(container), value: { exec: { command: ["sleep", `${handler.seconds}`] } } }];
}
