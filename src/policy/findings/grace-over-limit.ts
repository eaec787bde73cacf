import type { FindingKind, Fix } from "../finding.ts";
import type { JudgedPod } from "../judged-pod.ts";
import { inSeconds } from "../seconds.ts";
import { fixSentence, fixWords, gracePath, hookPath, limitPath, limitWords, ownNeed } from "./common.ts";

/**
 * grace-over-limit: the pod may take longer to stop than the owner of the cluster or of the namespace allows.
 *
 * Fields:  spec.terminationGracePeriodSeconds, namespace annotation gracekeeper.dev/max-grace-seconds, maxGraceSeconds
 * Allowed: a grace up to the smaller of the two limits
 * Unset:   the grace is 30; without a limit there is nothing to find
 * Default: Deny
 * Source:  pkg/apis/core/validation/validation.go (1.36): the API server has no upper bound on the grace
 */
export const graceOverLimit: FindingKind = {
  id: "grace-over-limit",
  action: "Deny",
  when: "the grace is above the limit of the namespace or of the cluster",
  why: "A long grace holds up every drain, rollout and scale-down by as much. The API server knows no upper bound.",
  advice: "Make hook and shutdown fit the limit, or ask whoever set it for a higher one.",
  find: (pod) => {
    const { limit } = pod.values;
    if (limit === undefined || pod.graceSeconds <= limit.seconds) return [];
    return [{ container: undefined, path: gracePath(pod), fix: fixOf(pod, limit.seconds) }];
  },
  deny: (findings, pod) => ({
    what: `pod: ${gracePath(pod)}: ${inSeconds(pod.graceSeconds)} is above ${limitWords(pod)}`,
    fix: `. ${fixSentence(findings)}.`,
  }),
  warn: (findings, pod) => ({
    what: `pod: grace ${inSeconds(pod.graceSeconds)} is above ${limitWords(pod)}`,
    fix: `; ${fixWords(findings)}`,
  }),
};

/** The grace at its limit, and every hook so short that its app still has its shutdown time. */
function fixOf(pod: JudgedPod, limit: number): readonly Fix[] {
  const grace = { path: gracePath(pod), value: limit };
  const tooLong = pod.containers.filter((container) => ownNeed(container, pod) > limit);
  const room = Math.floor(limit - pod.values.shutdownSeconds);
  const shortenable =
    room >= 1 && tooLong.every(({ container, hook }) => !container.sidecar && hook !== undefined);
  if (!shortenable && tooLong.some(({ hook }) => hook !== undefined))
    return [{ path: limitPath(pod), value: pod.graceSeconds }];
  if (!shortenable) return [grace];
  return [...tooLong.map((container) => ({ path: hookPath(container), shortenTo: room })), grace];
}
