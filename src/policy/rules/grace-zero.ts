import { isEndless } from "../assess/build-facts.ts";
import { containerSubject, POD_SUBJECT } from "../messages/names.ts";
import { plainNumber } from "../messages/seconds.ts";
import type { Rule } from "../model/finding.ts";
import { gracePath, type HookedContainer, hooked, removeHook } from "./containers.ts";
import { type GraceSum, graceFixes, graceSums, sumText } from "./fix/grace-fix.ts";

interface ZeroEvidence {
  /** As written: 0 or less. */
  readonly graceSeconds: number;
  readonly container: HookedContainer;
  readonly sum: GraceSum | undefined;
}

/**
 * grace-zero: the pod is killed at once, so its preStop hook is cut off as soon as it starts.
 *
 * Fields:  spec.terminationGracePeriodSeconds, lifecycle.preStop
 * Allowed: a grace of 1 or more, or no hook. A negative grace in a template becomes 1 in its pods.
 * Unset:   the grace is 30
 * Default: Deny
 * Source:  pkg/registry/core/pod/strategy.go `CheckGracefulDelete`: the delete of such a pod is a forced one;
 *          pkg/kubelet/pod_workers.go `calculateEffectiveGracePeriod` (1.28 to 1.36): the kubelet makes 1 of a 0;
 *          pkg/apis/core/v1/conversion.go: and the API server of a negative one in a pod
 */
export const graceZero: Rule<ZeroEvidence> = {
  id: "grace-zero",
  action: "Deny",
  when: "a hook in a pod with a grace period of 0 (or a negative grace period in a template)",
  why: "A grace period of 0 means an immediate kill. The pod disappears from the API at once, and the kubelet gives a hook at most 1 s before it stops the app. A negative grace period in a template counts as 1. The hook seems to protect requests, but it does not.",
  advice:
    "Set a grace period that is long enough for hook and shutdown. A hook that cannot run, or never ends, has to go.",
  find: (pod) => {
    const grace = pod.subject.spec.graceSeconds;
    if (grace === undefined || grace > 0) return [];
    const [room, sum] = [graceFixes(pod), graceSums(pod)];
    return hooked(pod).map((container) => {
      const works = container.hook.reading.cannotRun === undefined && !isEndless(container.hook);
      const fix = works ? room(container) : removeHook(container);
      const evidence = { graceSeconds: grace, container, sum: sum(container, fix) };
      return { container, path: gracePath(pod), fix, evidence };
    });
  },
  describe: ({ path, evidence: { graceSeconds, container, sum } }) => {
    const meaning = graceSeconds < 0 ? "counts as 1 in its pods" : "means an immediate kill";
    const grace = plainNumber(graceSeconds);
    return {
      subject: { ...POD_SUBJECT, item: containerSubject(container).short },
      problem: `${path}: ${grace} ${meaning}`,
      consequence: `, so the preStop of ${containerSubject(container).name} gets 1s at most`,
      brief: `grace ${grace} ${meaning}`,
      fixNote: sumText(sum),
    };
  },
  summarize: ([first]) => ({
    headline: `have a preStop that gets 1s at most under grace ${plainNumber(first?.evidence.graceSeconds ?? 0)}`,
  }),
};
