import { isServer } from "../../termination/pod.ts";
import { isEndless } from "../assess/build-facts.ts";
import { containerSubject, POD_SUBJECT } from "../messages/names.ts";
import { plainNumber } from "../messages/seconds.ts";
import type { Rule, Statement, Violation } from "../model/finding.ts";
import type { HookedContainer, PodFacts } from "../model/pod-facts.ts";
import { removeHook } from "./containers.ts";
import { type GraceSum, graceFixes, graceSums, sumText } from "./fix/grace-fix.ts";

interface ZeroEvidence {
  /** The grace period as written: 0 or less. */
  readonly graceSeconds: number;
  /** The container whose hook is cut off; undefined in a pod without a hook. */
  readonly container: HookedContainer | undefined;
  /** Whether a StatefulSet makes the pod. After a delete, a StatefulSet makes a new pod with the same name. */
  readonly isStateful: boolean;
  readonly sum: GraceSum | undefined;
}

/**
 * grace-zero: every delete of the pod is a forced delete. A preStop hook is cut off as soon as it starts.
 *
 * Fields:  spec.terminationGracePeriodSeconds, lifecycle.preStop.
 * Allowed: a grace period of 1 s or more. A negative grace period in a template becomes 1 s in its pods, which is too
 *          short for a hook.
 * Unset:   the grace period is 30 s.
 * Default: Deny with a hook. Without a hook, Warn in a StatefulSet if a container has a server, because two
 *          pods may then serve under one name. Audit elsewhere.
 * Source:  pkg/registry/core/pod/strategy.go `CheckGracefulDelete`: the delete of such a pod is a forced delete, so its
 *          object is gone before its app has ended. A StatefulSet (of Kubernetes, Kruise or PingCAP) then makes the
 *          next pod with that name. In pkg/kubelet/pod_workers.go `calculateEffectiveGracePeriod` (1.28 to 1.36), the
 *          kubelet turns 0 into 1. In pkg/apis/core/v1/conversion.go, the API server turns a negative value in a pod
 *          into 1.
 */
export const graceZero: Rule<ZeroEvidence> = {
  id: "grace-zero",
  action: "Deny",
  actionNote:
    "without a hook: Audit, but Warn in a StatefulSet with ports or a readiness probe other than exec",
  when: "the grace period is 0 (or, with a hook, negative in a template)",
  why: "A grace period of 0 means an immediate kill. The pod disappears from the API at once, and the kubelet gives a hook at most 1 s before it stops the app. Kubernetes replaces a negative grace period in a template by 1. The hook seems to protect requests, but it does not. Even without a hook, each delete is a forced delete: a StatefulSet creates the next pod of the same name while the app of the old pod may still run.",
  advice:
    "Set a grace period that is long enough for hook and shutdown. Remove a hook that cannot run or never ends.",
  find: (pod) => {
    const grace = pod.subject.spec.graceSeconds;
    if (grace === undefined || grace > 0) return [];
    const [room, sum] = [graceFixes(pod), graceSums(pod)];
    const isStateful = pod.subject.podOwner?.kind === "StatefulSet";
    const containers = pod.hooked;
    if (containers.length === 0) return grace < 0 ? [] : [withoutHook(pod, isStateful)];
    return containers.map((container) => {
      const works = container.hook.reading.cannotRun === undefined && !isEndless(container.hook);
      const longer = grace < 0 ? [] : room(undefined);
      const fix = works ? room(container) : [...removeHook(container), ...longer];
      const evidence = { graceSeconds: grace, container, isStateful, sum: sum(container, fix) };
      return { container, path: pod.subject.gracePath, fix, evidence };
    });
  },
  describe: ({ path, evidence: { graceSeconds, container, isStateful, sum } }) => {
    if (container === undefined) return forcedDelete(path, isStateful);
    const meaning = graceSeconds < 0 ? "becomes 1 in the pods" : "means an immediate kill";
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

function withoutHook(pod: PodFacts, isStateful: boolean): Violation<ZeroEvidence> {
  return {
    container: undefined,
    path: pod.subject.gracePath,
    fix: graceFixes(pod)(undefined),
    action: isStateful && pod.containers.some(({ container }) => isServer(container)) ? "Warn" : "Audit",
    evidence: { graceSeconds: 0, container: undefined, isStateful, sum: undefined },
  };
}

function forcedDelete(path: string, isStateful: boolean): Statement {
  return {
    problem: `${path}: 0 makes each delete forced${isStateful ? ", so two pods may have the same name" : ""}`,
    consequence: ": the Pod object is deleted at once, while the app may still run",
    brief: "grace 0 makes each delete forced",
  };
}
