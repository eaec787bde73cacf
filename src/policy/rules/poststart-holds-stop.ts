import { type Interval, isKnown } from "../../hook/interval.ts";
import { fixText } from "../messages/fix-text.ts";
import { inSeconds, spanOf } from "../messages/seconds.ts";
import type { FixText, Rule, Violation } from "../model/finding.ts";
import { setField } from "./containers.ts";

interface PostStartEvidence {
  readonly seconds: Interval;
  readonly graceSeconds: number;
}

/**
 * poststart-holds-stop: if a pod is deleted during its postStart hook, the stop begins only when this hook ends.
 *
 * Fields:  lifecycle.postStart, spec.terminationGracePeriodSeconds.
 * Allowed: a postStart hook that certainly ends within the grace period.
 * Unset:   nothing to find.
 * Default: Audit.
 * Source:  pkg/kubelet/kuberuntime/kuberuntime_container.go `startContainer` and kubelet.go `SyncPod` (1.36): the hook
 *          is a part of the start of the container. A deletion does not interrupt the start of a container, and the
 *          grace period does not limit the hook.
 */
export const postStartHoldsStop: Rule<PostStartEvidence> = {
  id: "poststart-holds-stop",
  action: "Audit",
  when: "a postStart hook has an unknown length, or is longer than the grace period",
  why: "A postStart hook has no time limit. A deletion waits until the postStart hook has ended, even after the grace period. If the hook never ends, the pod is never stopped.",
  advice:
    "Give the hook its own limit (`timeout 20 ...`), or move its work into an init container or into the app.",
  find: (pod) =>
    pod.containers.flatMap((container) => {
      const { postStart } = container;
      if (postStart === undefined || postStart.max <= pod.graceSeconds) return [];
      const evidence = { seconds: postStart, graceSeconds: pod.graceSeconds };
      return [
        {
          container,
          path: `${container.path}${FIELD}`,
          fix: [setField(container, FIELD, undefined)],
          evidence,
        },
      ];
    }),
  describe: (found) => ({
    problem: `postStart ${takes(found.evidence)}`,
    consequence: ", and a deletion waits until this hook has ended, even after the grace",
    brief: "postStart may delay a deletion",
    fix: limitOrRemove([found]),
  }),
  summarize: (all) => ({ headline: "have a postStart that may delay a deletion", fix: limitOrRemove(all) }),
};

const FIELD = ".lifecycle.postStart";

/** The text `give the hook a limit of 30s, or remove ...`. With a grace period of 0, no limit is short enough. */
function limitOrRemove(all: readonly Violation<PostStartEvidence>[]): FixText {
  const { graceSeconds = 0 } = all[0]?.evidence ?? {};
  const removal = fixText(all).denial;
  const text =
    graceSeconds < 1 ? removal : `give the hook a limit of ${inSeconds(graceSeconds)}, or ${removal}`;
  return { denial: text, warning: text, names: "container" };
}

function takes({ seconds, graceSeconds }: PostStartEvidence): string {
  return isKnown(seconds)
    ? `takes ${spanOf(seconds)} of a ${inSeconds(graceSeconds)} grace`
    : "has no known end";
}
