import type { FindingKind, Found } from "../finding.ts";
import { quote } from "../quote.ts";
import type { UnreadableValue } from "../read-value.ts";
import { correction, saying } from "./unreadable.ts";

/**
 * bad-namespace-value: a label or annotation of ours on the namespace cannot be read.
 *
 * Fields:  namespace labels gracekeeper.dev/validate, inject; annotations gracekeeper.dev/shutdown-seconds,
 *          prestop-sleep-seconds, max-grace-seconds
 * Allowed: the words of the label; whole seconds in their range
 * Unset:   nothing to find
 * Default: Deny on the write of the namespace that brings it, Warn on its pods: there the configuration's value stands
 */
export const badNamespaceValue: FindingKind = {
  id: "bad-namespace-value",
  action: "Deny",
  actionNote: "on the write of the namespace that brings it; Warn on its pods",
  when: "a label or annotation of ours on the namespace cannot be read",
  why: "The value was meant to say something, and says nothing: the configuration's value stands for it, and a misspelt mode warns. No pod is denied for a fault of its namespace.",
  advice: "Write the value as the message says, or remove it.",
  find: ({ values }) =>
    values.namespaceUnreadable.map((value) => ({ ...namespaceFault(value), action: "Warn" })),
  deny: (findings, { values }) => ({
    what: `namespace ${quote(values.namespaceName ?? "")}: ${saying(findings, (found) => what(found, values.namespaceUnreadable))}`,
    fix: correction(findings, "."),
  }),
  warn: (findings, { values }) => ({
    what: `namespace ${quote(values.namespaceName ?? "")}: ${saying(findings, (found) => what(found, values.namespaceUnreadable))}`,
    fix: correction(findings, ""),
  }),
};

/** The value as a finding of the namespace itself. */
export function namespaceFault(value: UnreadableValue): Found {
  const path = `metadata.${value.where}["${value.key}"]`;
  return { container: undefined, path, fix: [{ path, value: value.instead }] };
}

/** `label gracekeeper.dev/validate: "enfroce" is not one of enforce, warn, audit, off`. */
export function namespaceFaultWords({ where, key, value, because }: UnreadableValue): string {
  return `${where.slice(0, -1)} ${key}: ${quote(value, LONGEST_VALUE)} ${because}`;
}

const LONGEST_VALUE = 40;

function what({ path }: Found, values: readonly UnreadableValue[]): string {
  const value = values.find((one) => path === namespaceFault(one).path);
  return value === undefined ? path : namespaceFaultWords(value);
}
