import type { Handler } from "../../hook/handler.ts";
import { ENDLESS_SECONDS } from "../../hook/interval.ts";
import { FIRST_MINOR_WITH_SLEEP, FIRST_MINOR_WITH_SLEEP_OF_ZERO } from "../injection/sleep-action.ts";
import type { HandlerValue, Rule, Violation } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { type ContainerFinding, fixSentence, fixWords, named, nameOf, only } from "./fix/fix-text.ts";

/**
 * sleep-unsupported: the cluster refuses, drops or ignores the sleep action.
 *
 * Fields:  lifecycle.preStop.sleep, lifecycle.postStart.sleep, the version of the API server
 * Allowed: the sleep action from 1.30 on; `seconds: 0` from 1.33 on
 * Unset:   where nobody knows the version, nothing is said
 * Default: Warn. Seen in /mutate, explain, on the command line and in templates: a validating webhook never gets such a
 *          pod, but API servers do not validate the templates of custom resources, and older ones not a StatefulSet's
 * Source:  pkg/features/kube_features.go: PodLifecycleSleepAction alpha 1.29 (off), beta 1.30 (on);
 *          PodLifecycleSleepActionAllowZero beta 1.33 (on); pkg/apis/core/validation/validation.go `validateSleepAction`
 */
export const sleepUnsupported: Rule = {
  id: "sleep-unsupported",
  action: "Warn",
  beforeValidation: true,
  when: "the sleep action on a cluster that refuses, drops or ignores it",
  why: "API servers before 1.30 do not know the sleep action. They drop it and refuse the pod, for its hook is then empty. A sleep of 0 is refused before 1.33.",
  advice: "Use the command `sleep N`, if the image has the program.",
  find: (pod) =>
    pod.containers.flatMap((container) =>
      HOOKS.filter((hook) => isUnsupported(container.container[hook], pod)).map((hook): Violation => {
        const path = `${container.path}.lifecycle.${hook}`;
        return {
          container,
          path: `${path}.sleep`,
          fix: [{ path, value: instead(container.container[hook]) }],
        };
      }),
    ),
  deny: (findings, pod) => {
    const fix = `. ${fixSentence(findings)}.`;
    const one = only(findings);
    if (one === undefined)
      return {
        what: `${version(pod)} refuses the sleep of ${findings.length} containers: ${named(findings, () => "")}`,
        fix,
      };
    return { what: `${nameOf(one)}: ${version(pod)} refuses ${said(one)}`, fix };
  },
  warn: (findings, pod) => {
    const fix = `; ${fixWords(findings)}`;
    const one = only(findings);
    if (one === undefined)
      return { what: `${version(pod)} refuses the sleep of ${findings.length} containers`, fix };
    const refuses = `${version(pod)} refuses ${said(one)}`;
    return { what: `${nameOf(one)}: ${refuses}`, brief: refuses, fix };
  },
};

function isUnsupported(handler: Handler | undefined, { settings: { kubernetesMinor } }: PodFacts): boolean {
  if (handler?.kind !== "sleep" || kubernetesMinor === undefined) return false;
  return kubernetesMinor < (handler.seconds === 0 ? FIRST_MINOR_WITH_SLEEP_OF_ZERO : FIRST_MINOR_WITH_SLEEP);
}

function version({ settings }: PodFacts): string {
  return `Kubernetes 1.${settings.kubernetesMinor}`;
}

type Hook = "preStop" | "postStart";

const HOOKS: readonly Hook[] = ["preStop", "postStart"];

function said({ container: { container }, path }: ContainerFinding): string {
  const hook = path.includes(".postStart.") ? "postStart" : "preStop";
  const handler = container[hook];
  return handler?.kind === "sleep" && handler.seconds === 0 ? `a ${hook} sleep of 0` : `${hook}.sleep`;
}

/** A sleep without end, a sleep of 0 and one that the API server refuses on every version can only go. */
function instead(handler: Handler | undefined): HandlerValue | undefined {
  if (handler?.kind !== "sleep" || handler.seconds <= 0 || handler.seconds > ENDLESS_SECONDS)
    return undefined;
  return { exec: { command: ["sleep", `${handler.seconds}`] } };
}
