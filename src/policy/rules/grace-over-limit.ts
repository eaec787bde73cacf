import { isEndless } from "../assess/build-facts.ts";
import { containerSubject, limitName, POD_SUBJECT, plannedSpan } from "../messages/names.ts";
import { inSeconds } from "../messages/seconds.ts";
import type { Fix, Rule } from "../model/finding.ts";
import type { HookedContainer, PodFacts } from "../model/pod-facts.ts";
import type { Limit } from "../settings/resolve.ts";
import { hookPath, removeHook } from "./containers.ts";
import { fitLimit, raisesLimit } from "./fix/grace-fix.ts";
import { orAsk } from "./grace-rule.ts";

interface LimitEvidence {
  readonly graceSeconds: number;
  readonly graceNeeded: number;
  readonly limit: Limit;
  /** The one hook that does not fit the limit. */
  readonly longHook: HookedContainer | undefined;
}

/**
 * grace-over-limit: the pod may take longer to stop than the owner of the cluster or of the namespace allows.
 *
 * Fields:  spec.terminationGracePeriodSeconds, namespace annotation gracekeeper.dev/max-grace-seconds, maxGraceSeconds.
 * Allowed: a grace period up to the smaller of the two limits.
 * Unset:   the grace period is 30 s; without a limit there is nothing to find.
 * Default: Deny.
 * Source:  pkg/apis/core/validation/validation.go (1.36): the API server has no upper bound on the grace period.
 */
export const graceOverLimit: Rule<LimitEvidence> = {
  id: "grace-over-limit",
  action: "Deny",
  when: "the grace period is above the limit of the namespace or the cluster",
  why: "Every drain, rollout and scale-down can take as long as the grace period. The API server has no upper bound for the grace period.",
  advice: "Make hook and shutdown fit the limit, or ask the owner of the limit for a higher one.",
  find: (pod) => {
    const { limit } = pod.settings;
    if (limit === undefined || pod.graceSeconds <= limit.seconds) return [];
    const fix = [...endless(pod), ...fitLimit(pod, limit)];
    const { graceSeconds, graceNeeded } = pod;
    const evidence = { graceSeconds, graceNeeded, limit, longHook: longHook(fix, pod) };
    return [{ container: undefined, path: pod.subject.gracePath, fix, evidence }];
  },
  describe: ({ path, fix, evidence: { graceSeconds, graceNeeded, limit, longHook } }) => {
    const above = `above ${limitName(limit)}`;
    const fixNote = raisesLimit(fix) ? "" : orAsk(limit);
    const grace = inSeconds(graceSeconds);
    if (longHook === undefined)
      return {
        subject: POD_SUBJECT,
        problem: `${path}: ${grace} is ${above}`,
        brief: `grace ${grace} is ${above}`,
        fixNote,
      };
    return {
      subject: containerSubject(longHook),
      problem: `${plannedSpan(longHook.hook)} needs ${inSeconds(graceNeeded)} grace, ${above}`,
      brief: `grace ${grace} is above the limit`,
      fixNote,
    };
  },
  summarize: () => ({ noun: "pods", headline: "have a grace above the limit" }),
};

/** Removes every endless hook, because no allowed grace period is long enough for it. */
function endless(pod: PodFacts): readonly Fix[] {
  return pod.hooked.filter(({ hook }) => isEndless(hook)).flatMap(removeHook);
}

/**
 * The hook to shorten, if there is exactly one. The hook of a sidecar is left out, because a sidecar also waits for
 * other containers.
 */
function longHook(fix: readonly Fix[], pod: PodFacts): HookedContainer | undefined {
  const [first, ...others] = fix.filter((one) => "shortenTo" in one);
  if (first === undefined || others.length > 0) return undefined;
  return pod.hooked.find((one) => hookPath(one) === first.path && !one.container.sidecar);
}
