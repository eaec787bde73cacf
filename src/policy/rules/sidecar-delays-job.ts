import { exactly, type Interval, shorter } from "../../hook/interval.ts";
import { runsToCompletion } from "../../termination/pod.ts";
import { spanOf } from "../messages/seconds.ts";
import type { Rule } from "../model/finding.ts";
import { hookPath, removeHook } from "./containers.ts";

interface DelayEvidence {
  /**
   * The seconds by which the hook of the sidecar delays the end of the job. The kubelet waits for a hook at most for
   * the grace period.
   */
  readonly delay: Interval;
}

/**
 * sidecar-delays-job: a pod that has completed waits for the hook of its sidecar.
 *
 * Fields:  initContainers[].restartPolicy: Always with lifecycle.preStop, spec.restartPolicy Never or OnFailure.
 * Allowed: a sidecar without a hook, or with a hook that returns at once.
 * Unset:   restartPolicy is Always: the pod does not end by itself.
 * Default: Warn.
 * Source:  pkg/kubelet/kubelet.go `SyncTerminatingPod` and kuberuntime_container.go `killContainer` (1.29 to 1.36):
 *          when the main containers have ended, the sidecars are stopped with their hooks and the grace period of the
 *          spec.
 */
export const sidecarDelaysJob: Rule<DelayEvidence> = {
  id: "sidecar-delays-job",
  action: "Warn",
  when: "a sidecar has a hook, and its pod runs to completion",
  why: "When the main containers have ended, the kubelet stops the sidecars, and first runs their hooks. So the hook of a sidecar makes every run of the job longer, at most by the grace period.",
  advice: "Remove the hook of the sidecar: a job that has ended gets no traffic.",
  find: (pod) => {
    if (!runsToCompletion(pod.subject.spec.restartPolicy)) return [];
    return pod.hookRuns
      .filter(({ container, hook }) => container.sidecar && hook.seconds.max > 0)
      .map((container) => ({
        container,
        path: hookPath(container),
        fix: removeHook(container),
        evidence: { delay: shorter(container.hook.seconds, exactly(pod.graceSeconds)) },
      }));
  },
  describe: ({ evidence }) => ({
    problem: `preStop delays the end of the job by ${spanOf(evidence.delay)}`,
    consequence: ", because it runs after the main containers have ended",
    brief: "preStop delays the job",
  }),
  summarize: () => ({ noun: "sidecars", headline: "delay the end of the job" }),
  detail: ({ evidence }) => spanOf(evidence.delay),
};
