import { quote } from "../messages/quote.ts";
import type { Rule, Sentence, Violation } from "../model/finding.ts";
import type { InvalidValue } from "../settings/read-value.ts";
import type { Settings } from "../settings/resolve.ts";
import { correction, saying, sayingFirst } from "./fix/correction.ts";

/**
 * bad-namespace-value: a label or annotation of ours on the namespace cannot be read.
 *
 * Fields:  namespace labels gracekeeper.dev/validate, inject; annotations gracekeeper.dev/shutdown-seconds,
 *          prestop-sleep-seconds, max-grace-seconds
 * Allowed: the words of the label; whole seconds in their range
 * Unset:   nothing to find
 * Default: Deny on the write of the namespace that brings it, Warn on its pods: there the configuration's value stands
 */
export const badNamespaceValue: Rule = {
  id: "bad-namespace-value",
  action: "Deny",
  actionNote: "on the write of the namespace that brings it; Warn on its pods",
  when: "a label or annotation of ours on the namespace cannot be read",
  why: "The value was meant to say something, and says nothing: the configuration's value stands for it, and a misspelt mode warns. No pod is denied for a fault of its namespace.",
  advice: "Write the value as the message says, or remove it.",
  find: ({ settings }) =>
    settings.namespaceInvalid.map((value) => ({ ...namespaceFault(value), atMost: "Warn" })),
  deny: (findings, { settings }) => ({ ...sentence(findings, settings), fix: correction(findings, ".") }),
  warn: (findings, { settings }) => ({ ...sentence(findings, settings), fix: correction(findings, "") }),
};

function sentence(findings: readonly Violation[], settings: Settings): Pick<Sentence, "what" | "brief"> {
  const said = saying(findings, (found) => what(found, settings.namespaceInvalid));
  return {
    what: `namespace ${quote(settings.namespaceName ?? "")}: ${said}`,
    brief: sayingFirst(findings, (found) => brief(found, settings.namespaceInvalid)),
  };
}

/** The value as a finding of the namespace itself. */
export function namespaceFault(value: InvalidValue): Violation {
  const path = `metadata.${value.where}["${value.key}"]`;
  return { container: undefined, path, fix: [{ path, value: value.instead }] };
}

/** `label gracekeeper.dev/validate: "enfroce" is not one of enforce, warn, audit, off`. */
export function namespaceFaultWords({ where, key, value, because }: InvalidValue): string {
  return `${where.slice(0, -1)} ${key}: ${quote(value, LONGEST_VALUE)} ${because}`;
}

const LONGEST_VALUE = 40;

/** In a message that is too long otherwise. */
const SHORT_VALUE = 10;

function what(found: Violation, values: readonly InvalidValue[]): string {
  const value = unreadableAt(found, values);
  return value === undefined ? found.path : namespaceFaultWords(value);
}

function brief(found: Violation, values: readonly InvalidValue[]): string {
  const value = unreadableAt(found, values);
  return value === undefined
    ? found.path
    : `namespace ${value.key}: ${quote(value.value, SHORT_VALUE)} ${value.because}`;
}

function unreadableAt({ path }: Violation, values: readonly InvalidValue[]): InvalidValue | undefined {
  return values.find((one) => path === namespaceFault(one).path);
}
