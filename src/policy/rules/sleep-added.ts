import type { Addition } from "../injection/decide.ts";
import { printable, quote } from "../messages/quote.ts";
import type { RuleInfo, Sentence } from "../model/finding.ts";
import { INJECT_LABEL } from "../model/keys.ts";

/**
 * sleep-added: what injection did. Not found in a pod but made by /mutate.
 *
 * Fields:  lifecycle.preStop, spec.terminationGracePeriodSeconds
 * Default: Warn on a pod without a controller, whose maker reads it; Audit else
 */
export const sleepAdded: RuleInfo = {
  id: "sleep-added",
  action: "Audit",
  actionNote: "Warn on a pod without a controller",
  atMost: "Warn",
  when: "gracekeeper added a preStop sleep and raised the grace",
  why: "Nothing is wrong. A pod differs from what was sent, and whoever made it must be able to know.",
  advice:
    "Nothing to do. To have it otherwise: write a hook, or opt out with the pod label gracekeeper.dev/inject: disabled.",
};

const LONGEST_NAMES = 60;

/** `container "web": added preStop sleep 10s, grace 40s (30 + 10 added); opt out with ...`. */
export function addedSentence({ patch, containers, injected }: Addition): Sentence {
  const { sleepSeconds, graceBefore, graceAfter } = injected;
  const [only, ...others] = containers;
  const names = containers.map((name) => `"${printable(name)}"`).join(", ");
  const listed = names.length <= LONGEST_NAMES ? ` (${names})` : "";
  const who = others.length === 0 ? `container ${quote(only ?? "")}` : `${containers.length} containers`;
  const raised = patch.some(({ path }) => path === "/spec/terminationGracePeriodSeconds");
  const grace = `grace ${graceAfter}s${raised ? ` (${graceBefore} + ${graceAfter - graceBefore} added)` : ""}`;
  const added = `added preStop sleep ${sleepSeconds}s${others.length === 0 ? "" : listed}, ${grace}`;
  return {
    what: `${who}: ${added}`,
    brief: `${others.length === 0 ? quote(only ?? "") : who}: ${added}`,
    fix: `; opt out with pod label ${INJECT_LABEL}: disabled`,
  };
}
