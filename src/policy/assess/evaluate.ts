import { type Action, weaker } from "../model/action.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Finding, Rule, RuleInfo, Violation } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { RULES } from "../rules/registry.ts";

/** Mutating webhooks run before API server validation, and validating webhooks run after it. */
export type Stage = "before-validation" | "after-validation" | "manifest";

/** The findings of a pod, in the order of the rules. */
export interface Evaluation {
  readonly findings: readonly Finding[];
  /** Findings that the pod ignores by its annotation, as far as the configuration allows that. */
  readonly ignored: readonly Finding[];
}

const BEFORE_VALIDATION = RULES.filter(({ beforeValidation }) => beforeValidation === true);
const AFTER_VALIDATION = RULES.filter(({ beforeValidation }) => beforeValidation !== true);

/**
 * The rules that apply at this stage. A template gets all rules, because the API server never validates templates of
 * custom resources.
 */
export function applicableRules({ subject }: PodFacts, stage: Stage): readonly Rule[] {
  if (stage === "before-validation") return BEFORE_VALIDATION;
  return stage === "manifest" || subject.role === "template" ? RULES : AFTER_VALIDATION;
}

/** Turns a violation into a finding. The configuration decides the action. */
export function toFinding(rule: RuleInfo, found: Violation, configuration: Configuration): Finding {
  const action = weaker(actionOf(rule, found.action, configuration), found.atMost ?? "Deny");
  return { ...found, id: rule.id, action };
}

const NOTHING_WRONG: Evaluation = { findings: [], ignored: [] };

/** Separates the findings that the pod ignores. Findings with action Off are left out. */
export function evaluation({ settings }: PodFacts, findings: readonly Finding[]): Evaluation {
  if (findings.length === 0) return NOTHING_WRONG;
  const on = findings.filter(({ action }) => action !== "Off");
  const isIgnored = ({ id }: Finding): boolean => settings.ignored.has(id);
  return { findings: on.filter((one) => !isIgnored(one)), ignored: on.filter(isIgnored) };
}

/**
 * The action that the configuration sets for the finding. The default is the action of the violation, or else the
 * default action of the rule.
 */
export function actionOf(
  { id, action, atMost = "Deny" }: RuleInfo,
  found: Action | undefined,
  { actions }: Configuration,
): Action {
  return weaker(actions.get(id) ?? found ?? action, atMost);
}

/** The first finding, in the order of the rules, for which the pod would be denied in mode enforce. */
export function firstDenial(facts: PodFacts, configuration: Configuration): Finding | undefined {
  for (const rule of applicableRules(facts, "after-validation")) {
    if (facts.settings.ignored.has(rule.id)) continue;
    const findings = rule.find(facts).map((found) => toFinding(rule, found, configuration));
    const denying = findings.find(({ action }) => action === "Deny");
    if (denying !== undefined) return denying;
  }
  return undefined;
}
