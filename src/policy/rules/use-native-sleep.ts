import { FIRST_MINOR_WITH_SLEEP_EVERYWHERE } from "../injection/sleep-action.ts";
import type { Rule } from "../model/finding.ts";
import { hookPath, PRE_STOP, setField } from "./containers.ts";

/**
 * use-native-sleep: the command of the hook does nothing but sleep, and the sleep action of the kubelet could replace
 * it.
 *
 * Fields:  lifecycle.preStop.exec.command, the version of the API server.
 * Allowed: the sleep action; a command with words that never run, which hook-does-nothing reports.
 * Unset:   without a known version there is no finding.
 * Default: Audit.
 * Source:  pkg/features/kube_features.go: PodLifecycleSleepAction is on from 1.30. A kubelet may be three minor
 *          versions behind its API server, so from 1.33 on every kubelet has the action. The action runs in
 *          pkg/kubelet/lifecycle/handlers.go `runSleepHandler`.
 */
export const useNativeSleep: Rule = {
  id: "use-native-sleep",
  action: "Audit",
  when: "a hook command only sleeps, and every kubelet of the cluster has the sleep action (1.33)",
  why: "The command needs a `sleep` program in the image. If the image has no `sleep`, the hook fails at once, and nothing delays the stop signal. The sleep action needs no program.",
  advice: "Replace the command by the sleep action.",
  find: (pod) => {
    const { kubernetesMinor } = pod.settings;
    if (kubernetesMinor === undefined || kubernetesMinor < FIRST_MINOR_WITH_SLEEP_EVERYWHERE) return [];
    return pod.hookRuns
      .filter(({ hook }) => hook.reading.plainSleep && hook.reading.neverRun === undefined && !hook.addedByUs)
      .filter(({ hook }) => isAccepted(hook.reading.seconds.min, pod.graceSeconds))
      .map((container) => {
        const sleep = { seconds: container.hook.reading.seconds.min };
        const fix = [setField(container, PRE_STOP, { sleep })];
        return { container, path: hookPath(container), fix, evidence: undefined };
      });
  },
  describe: () => ({ problem: 'preStop needs a "sleep" program in the image' }),
  summarize: () => ({ headline: 'need a "sleep" program in the image for their preStop' }),
};

/** Whether the sleep action accepts the seconds: a whole number, at most the grace period. */
function isAccepted(seconds: number, grace: number): boolean {
  return Number.isSafeInteger(seconds) && seconds <= grace;
}
