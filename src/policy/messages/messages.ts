import type { Addition } from "../injection/decide.ts";
import type { Finding, Rule } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { RULES } from "../rules/registry.ts";
import { addedStatement, sleepAdded } from "../rules/sleep-added.ts";
import { fit, problem, type Room, sentence, statement } from "./sentence.ts";

/**
 * The messages that a person sees, which are API, and are tested by golden files.
 *
 * Each message is one line of printable ASCII. The API server drops a warning with a control character, and kubectl
 * prints a denial without escapes. No message has the name of a pod, a uid or a time. Kubernetes groups events with the
 * same text, and each retry of a controller has another pod name.
 */

/**
 * The factor by which a message with the longest names and values may exceed its limit: a denial then has at most 512
 * characters, and a warning at most 256.
 */
const AT_WORST = 1.7;

export const DENIAL: Room = { longest: 300, most: 300 * AT_WORST };
export const WARNING: Room = { longest: 150, most: 150 * AT_WORST };

/**
 * A warning about a template may be longer than a warning about a pod, because it has longer paths and the prefix
 * `pods will be rejected: `.
 */
const TEMPLATE_WARNING: Room = { longest: 190, most: 232 };

const UNLIMITED: Room = { longest: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/** The text of a denial: one sentence for each rule, with all of its violations. */
export function denial(findings: readonly Finding[]): string {
  return byRule(findings)
    .map(([rule, group]) => sentence(rule, group, "denial", DENIAL))
    .join(" ");
}

/** The whole message of one finding, without a limit of its length. */
export function explained(finding: Finding): string {
  return sentence(ruleOf(finding), [finding], "denial", UNLIMITED);
}

/** One warning for each rule that has findings. */
export function warnings(
  findings: readonly Finding[],
  { subject }: Pick<PodFacts, "subject">,
): readonly string[] {
  const room = subject.role === "pod" ? WARNING : TEMPLATE_WARNING;
  return byRule(findings).map(([rule, group]) => sentence(rule, group, "warning", room));
}

/** The problem without the fix, for a reader who cannot change the pod. */
export function gist(finding: Finding): string {
  return problem(ruleOf(finding), finding, WARNING);
}

/**
 * The warning after an injection, which also says how to opt out: `container "web": added preStop sleep 10s, grace 40s
 * (30 + 10 added)`.
 */
export function additionWarning(addition: Addition): string {
  const { variants, fix } = statement(addedStatement(addition), "warning");
  return fit(variants, `${fix} [${sleepAdded.id}]`, WARNING);
}

function byRule(findings: readonly Finding[]): readonly (readonly [Rule, readonly Finding[]])[] {
  if (findings.length === 0) return [];
  const groups = Map.groupBy(findings, ({ id }) => id);
  return RULES.flatMap((rule) => {
    const group = groups.get(rule.id);
    return group === undefined ? [] : [[rule, group] as const];
  });
}

function ruleOf({ id }: Finding): Rule {
  const rule = RULES.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`finding ${id} is not in the list of rules`);
  return rule;
}
