import type { Addition } from "../injection/decide.ts";
import { GRACE_POINTER } from "../injection/patch.ts";
import { printable, quote } from "../messages/quote.ts";
import type { CompleteStatement, RuleInfo } from "../model/finding.ts";
import { INJECT_LABEL } from "../model/keys.ts";

/**
 * sleep-added: reports what injection did. /mutate makes this finding; no rule finds it in a pod.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds.
 * Default: Warn on a pod without a controller, because its author reads the warning. Audit on all other pods.
 */
export const sleepAdded: RuleInfo = {
  id: "sleep-added",
  action: "Audit",
  actionNote: "Warn on a pod without a controller",
  atMost: "Warn",
  when: "gracekeeper added a preStop sleep and raised the grace period",
  why: "This finding is not a fault. The finding tells the author that gracekeeper has changed the pod.",
  advice:
    "You do not have to do anything. To keep gracekeeper from adding the sleep, write a hook, or set the pod label gracekeeper.dev/inject: disabled.",
};

const LONGEST_NAMES = 60;

/**
 * The statement about an injection: `container "web": added preStop sleep 10s, grace 40s (30 + 10 added)`, and how to
 * opt out.
 */
export function addedStatement({ patch, containers, injected }: Addition): CompleteStatement {
  const { sleepSeconds, graceBefore, graceAfter } = injected;
  const [first = "", ...others] = containers;
  const names = containers.map((name) => `"${printable(name)}"`).join(", ");
  const many = `${containers.length} containers`;
  const listed = others.length > 0 && names.length <= LONGEST_NAMES ? ` (${names})` : "";
  const raised = patch.some(({ path }) => path === GRACE_POINTER);
  const grace = raised
    ? `grace ${graceAfter}s (${graceBefore} + ${graceAfter - graceBefore} added)`
    : `grace stays ${graceAfter}s`;
  const optOut = `opt out with pod label ${INJECT_LABEL}: disabled`;
  return {
    subject:
      others.length > 0
        ? { name: many, short: many }
        : { name: `container ${quote(first)}`, short: quote(first) },
    problem: `added preStop sleep ${sleepSeconds}s${listed}, ${grace}`,
    fix: { denial: optOut, warning: optOut, names: "pod" },
  };
}
