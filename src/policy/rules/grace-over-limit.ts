import { isEndless } from "../assess/build-facts.ts";
import { quote } from "../messages/quote.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Fix, Rule, Violation } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { fixSentence, fixWords, gracePath, hooked, hookPath, hookSpan, removeHook } from "./fix/fix-text.ts";
import { fitLimit, limitWords, orAsk } from "./fix/grace-fix.ts";

/**
 * grace-over-limit: the pod may take longer to stop than the owner of the cluster or of the namespace allows.
 *
 * Fields:  spec.terminationGracePeriodSeconds, namespace annotation gracekeeper.dev/max-grace-seconds, maxGraceSeconds
 * Allowed: a grace up to the smaller of the two limits
 * Unset:   the grace is 30; without a limit there is nothing to find
 * Default: Deny
 * Source:  pkg/apis/core/validation/validation.go (1.36): the API server has no upper bound on the grace
 */
export const graceOverLimit: Rule = {
  id: "grace-over-limit",
  action: "Deny",
  when: "the grace is above the limit of the namespace or of the cluster",
  why: "A long grace holds up every drain, rollout and scale-down by as much. The API server knows no upper bound.",
  advice: "Make hook and shutdown fit the limit, or ask whoever set it for a higher one.",
  find: (pod) => {
    const { limit } = pod.settings;
    if (limit === undefined || pod.graceSeconds <= limit.seconds) return [];
    return [{ container: undefined, path: gracePath(pod), fix: [...endless(pod), ...fitLimit(pod, limit)] }];
  },
  deny: (findings, pod) => ({
    what: `${needed(findings, pod) ?? `pod: ${gracePath(pod)}: ${inSeconds(pod.graceSeconds)} is`} above ${limit(pod)}`,
    fix: `. ${fixSentence(findings)}${orAsk(pod, findings)}.`,
  }),
  warn: (findings, pod) => ({
    what: `pod: grace ${inSeconds(pod.graceSeconds)} is above ${limit(pod)}`,
    brief: `grace ${inSeconds(pod.graceSeconds)} is above the limit`,
    fix: `; ${fixWords(findings)}`,
  }),
};

/** No grace that is allowed holds a hook without end. */
function endless(pod: PodFacts): readonly Fix[] {
  return hooked(pod)
    .filter(({ hook }) => isEndless(hook))
    .flatMap(removeHook);
}

function limit({ settings }: PodFacts): string {
  return settings.limit === undefined ? "the limit" : limitWords(settings.limit);
}

/** `container "web": preStop 400s needs 410s grace,` where that is the one hook that does not fit the limit. */
function needed([found]: readonly Violation[], pod: PodFacts): string | undefined {
  const shorter = found?.fix.filter((fix) => "shortenTo" in fix) ?? [];
  const one = hooked(pod).find((container) => hookPath(container) === shorter[0]?.path);
  if (one === undefined || one.container.sidecar || shorter.length > 1) return undefined;
  return `container ${quote(one.container.name)}: ${hookSpan(one)} needs ${inSeconds(pod.graceNeeded)} grace,`;
}
