import { exactly, shorter } from "../../hook/interval.ts";
import { spanOf } from "../messages/seconds.ts";
import type { Rule } from "../model/finding.ts";
import type { ContainerFacts, PodFacts } from "../model/pod-facts.ts";
import {
  fixSentence,
  fixWords,
  hookPath,
  hookRuns,
  named,
  nameOf,
  only,
  removeHook,
} from "./fix/fix-text.ts";

/**
 * sidecar-delays-job: a pod that is done waits for the hook of its sidecar.
 *
 * Fields:  initContainers[].restartPolicy: Always with lifecycle.preStop, spec.restartPolicy Never or OnFailure
 * Allowed: a sidecar without a hook, or one that returns at once
 * Unset:   restartPolicy is Always: the pod does not end by itself
 * Default: Warn
 * Source:  pkg/kubelet/kubelet.go `SyncTerminatingPod` and kuberuntime_container.go `killContainer` (1.29 to 1.36): when
 *          the main containers have ended, the sidecars are stopped with their hooks and the grace of the spec
 */
export const sidecarDelaysJob: Rule = {
  id: "sidecar-delays-job",
  action: "Warn",
  when: "a hook on a sidecar of a pod that runs to completion",
  why: "When the main containers are done, the kubelet stops the sidecars as it stops any container: hook first. Every run of the job lasts longer by that hook, up to the grace.",
  advice: "Take the hook off the sidecar: nobody sends traffic to a job that is done.",
  find: (pod) => {
    const { restartPolicy } = pod.subject.spec;
    if (restartPolicy !== "Never" && restartPolicy !== "OnFailure") return [];
    return hookRuns(pod)
      .filter(({ container, hook }) => container.sidecar && hook.seconds.max > 0)
      .map((container) => ({ container, path: hookPath(container), fix: removeHook(container) }));
  },
  deny: (findings, pod) => {
    const fix = `. ${fixSentence(findings)}.`;
    const one = only(findings);
    if (one === undefined)
      return {
        what: `${findings.length} sidecars delay the end of the job: ${named(findings, (container) => delay(container, pod))}`,
        fix,
      };
    return {
      what: `${nameOf(one)}: preStop delays the end of the job by ${delay(one.container, pod)}`,
      clause: ", for it runs when the main containers are done",
      fix,
    };
  },
  warn: (findings, pod) => {
    const fix = `; ${fixWords(findings)}`;
    const one = only(findings);
    if (one === undefined) return { what: `${findings.length} sidecars delay the end of the job`, fix };
    const what = `${nameOf(one)}: preStop delays the end of the job by ${delay(one.container, pod)}`;
    return { what, brief: `${nameOf(one)}: preStop delays the job`, fix };
  },
};

/** No hook is waited for longer than the grace. */
function delay({ hook }: ContainerFacts, { graceSeconds }: PodFacts): string {
  return hook === undefined ? "" : spanOf(shorter(hook.seconds, exactly(graceSeconds)));
}
