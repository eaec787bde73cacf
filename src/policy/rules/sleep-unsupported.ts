import type { Handler } from "../../hook/handler.ts";
import { ENDLESS_SECONDS } from "../../hook/interval.ts";
import { FIRST_MINOR_WITH_SLEEP, FIRST_MINOR_WITH_SLEEP_OF_ZERO } from "../injection/sleep-action.ts";
import type { HandlerValue, Rule } from "../model/finding.ts";
import { setField } from "./containers.ts";

interface UnsupportedEvidence {
  readonly kubernetesMinor: number;
  readonly hook: Hook;
  /** The seconds of the sleep. */
  readonly seconds: number;
}

/**
 * sleep-unsupported: the cluster refuses, drops or ignores the sleep action.
 *
 * Fields:  lifecycle.preStop.sleep, lifecycle.postStart.sleep, the version of the API server.
 * Allowed: the sleep action from 1.30 on; `seconds: 0` from 1.33 on.
 * Unset:   without a known version there is no finding.
 * Default: Warn. The finding comes from /mutate, explain and the command line, and from /validate only in templates. A
 *          validating webhook never gets a pod with an unsupported sleep, because API server validation comes first.
 *          But no API server validates the templates of custom resources, and older API servers do not validate the
 *          template of a StatefulSet.
 * Source:  pkg/features/kube_features.go: PodLifecycleSleepAction alpha 1.29 (off), beta 1.30 (on);
 *          PodLifecycleSleepActionAllowZero beta 1.33 (on); pkg/apis/core/validation/validation.go
 *          `validateSleepAction`.
 */
export const sleepUnsupported: Rule<UnsupportedEvidence> = {
  id: "sleep-unsupported",
  action: "Warn",
  beforeValidation: true,
  when: "a hook uses the sleep action, and the cluster does not support it",
  why: "API servers before 1.30 do not know the sleep action. These API servers drop the sleep action, and then refuse the pod because its hook is empty. API servers before 1.33 refuse a sleep of 0.",
  advice: "Use the command `sleep N`, if the image has the program `sleep`.",
  find: (pod) => {
    const { kubernetesMinor } = pod.settings;
    if (kubernetesMinor === undefined) return [];
    return pod.containers.flatMap((container) =>
      HOOKS.flatMap((hook) => {
        const handler = container.container[hook];
        if (handler?.kind !== "sleep" || !isUnsupported(handler.seconds, kubernetesMinor)) return [];
        const field = `.lifecycle.${hook}`;
        const path = `${container.path}${field}.sleep`;
        const fix = [setField(container, field, instead(handler))];
        return [{ container, path, fix, evidence: { kubernetesMinor, hook, seconds: handler.seconds } }];
      }),
    );
  },
  describe: ({ evidence: { kubernetesMinor, hook, seconds } }) => ({
    problem: `Kubernetes 1.${kubernetesMinor} refuses ${seconds === 0 ? `a ${hook} sleep of 0` : `${hook}.sleep`}`,
  }),
  summarize: ([first]) => ({
    noun: "hooks",
    headline: `have a sleep that Kubernetes 1.${first?.evidence.kubernetesMinor} refuses`,
  }),
  detail: ({ evidence }) => evidence.hook,
};

function isUnsupported(seconds: number, kubernetesMinor: number): boolean {
  return kubernetesMinor < (seconds === 0 ? FIRST_MINOR_WITH_SLEEP_OF_ZERO : FIRST_MINOR_WITH_SLEEP);
}

type Hook = "preStop" | "postStart";

const HOOKS: readonly Hook[] = ["preStop", "postStart"];

type SleepHandler = Extract<Handler, { readonly kind: "sleep" }>;

/**
 * The command that replaces the sleep; undefined for an endless sleep and for a sleep of 0 or less, which can only be
 * removed.
 */
function instead({ seconds }: SleepHandler): HandlerValue | undefined {
  if (seconds <= 0 || seconds > ENDLESS_SECONDS) return undefined;
  return { exec: { command: ["sleep", `${seconds}`] } };
}
