import { CORRECT_ALL, correctionText } from "../messages/fix-text.ts";
import { invalidValueText, knownKeysText, namespaceSubject } from "../messages/invalid-value.ts";
import { keyPath } from "../messages/quote.ts";
import type { Rule, Violation } from "../model/finding.ts";
import type { InvalidValue } from "../settings/read-value.ts";

interface NamespaceEvidence {
  readonly value: InvalidValue;
  /** Name of the namespace; undefined in a message about the namespace itself. */
  readonly namespace: string | undefined;
}

/**
 * bad-namespace-value: a gracekeeper label or annotation on the namespace is invalid.
 *
 * Fields:  namespace labels gracekeeper.dev/validate, inject; annotations gracekeeper.dev/shutdown-seconds,
 *          prestop-sleep-seconds, max-grace-seconds.
 * Allowed: a listed word as the value of a label; whole seconds in their range as the value of an annotation.
 * Unset:   nothing to find.
 * Default: Deny for the write of the namespace. Warn for pods in the namespace, which use the value of the
 *          configuration instead.
 */
export const badNamespaceValue: Rule<NamespaceEvidence> = {
  id: "bad-namespace-value",
  action: "Deny",
  actionNote: "when somebody sets the value; Warn for pods in the namespace",
  when: "a gracekeeper label or annotation on the namespace is invalid",
  why: "The value has no effect. gracekeeper uses the value of its configuration instead. If the mode is misspelt, gracekeeper uses the mode warn. A pod is never denied because of an invalid value.",
  advice: "Correct the value as the message says, or remove the label or annotation.",
  find: ({ settings: { namespaceInvalid, namespaceName = "" } }) =>
    namespaceInvalid.map((value) => ({ ...namespaceViolation(value, namespaceName), atMost: "Warn" })),
  describe: ({ fix, evidence: { value, namespace } }) => ({
    ...invalidValueText(value),
    consequence: knownKeysText(value),
    subject: namespaceSubject(value, namespace),
    fix: correctionText(fix[0]),
  }),
  summarize: () => ({ noun: "settings", headline: "cannot be used", fix: CORRECT_ALL }),
  detail: ({ evidence }) => invalidValueText(evidence.value).problem,
};

/** The violation for one invalid value, which names the namespace if the request is about a pod. */
export function namespaceViolation(value: InvalidValue, namespace?: string): Violation<NamespaceEvidence> {
  const path = keyPath(`metadata.${value.where}`, value.key);
  const fix = [{ target: "namespace", path, value: value.instead }] as const;
  return { container: undefined, path, fix, evidence: { value, namespace } };
}
