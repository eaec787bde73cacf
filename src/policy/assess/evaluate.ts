import type { Action } from "../model/action.ts";
import { weaker } from "../model/action.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Finding, Rule, RuleInfo, Violation } from "../model/finding.ts";
import type { PodFacts } from "../model/pod-facts.ts";
import { RULES } from "../rules/registry.ts";

/** Before validation the API server has not refused or changed the pod yet; a validating webhook comes after. */
export type Stage = "before-validation" | "after-validation" | "manifest";

/** What is wrong with a pod, in the order it is said. */
export interface Evaluation {
  readonly findings: readonly Finding[];
  /** What would be found had the pod not asked to ignore it. */
  readonly ignored: readonly Finding[];
}

/** Judges a pod under the configuration in force; findings that it turns off are not there. */
export function evaluate(pod: PodFacts, configuration: Configuration, stage: Stage): Evaluation {
  const all = RULES.filter((kind) => isSeen(kind, pod, stage)).flatMap((kind) =>
    kind.find(pod).map((found) => effective(kind, found, configuration)),
  );
  const on = all.filter(({ action }) => action !== "Off");
  const silent = (finding: Finding): boolean => pod.settings.ignored.has(finding.id);
  return { findings: on.filter((one) => !silent(one)), ignored: on.filter(silent) };
}

/** What the API server refuses in a pod it may still let through in a template: of a custom resource, say. */
function isSeen({ beforeValidation }: Rule, { subject }: PodFacts, stage: Stage): boolean {
  if (stage === "before-validation") return beforeValidation === true;
  return stage === "manifest" || beforeValidation !== true || subject.role === "template";
}

function effective(kind: RuleInfo, found: Violation, configuration: Configuration): Finding {
  const action = weaker(actionOf(kind, found.action, configuration), found.atMost ?? "Deny");
  return { ...found, id: kind.id, action };
}

/** The configuration's action for a finding, else its own default. */
export function actionOf(
  { id, action, atMost = "Deny" }: RuleInfo,
  found: Action | undefined,
  { actions }: Configuration,
): Action {
  return weaker(actions.get(id) ?? found ?? action, atMost);
}
