import { badNamespaceValue, namespaceViolation } from "../rules/bad-namespace-value.ts";
import type { InvalidValue } from "../settings/read-value.ts";
import { DENIAL, WARNING } from "./messages.ts";
import { quote } from "./quote.ts";
import { type Form, type Room, sentence } from "./sentence.ts";

/** Messages about a namespace, for the author of the namespace. Each message is one line of printable ASCII. */

/**
 * The denial of a namespace write, which begins like `label gracekeeper.dev/validate: "enfroce" is not one of enforce,
 * warn, audit, off`.
 */
export function namespaceDenial(values: readonly InvalidValue[]): string {
  return message(values, "denial", DENIAL);
}

/** The warning about invalid values of a namespace. */
export function namespaceWarning(values: readonly InvalidValue[]): string {
  return message(values, "warning", WARNING);
}

function message(values: readonly InvalidValue[], form: Form, room: Room): string {
  const violations = values.map((value) => namespaceViolation(value));
  return sentence(badNamespaceValue, violations, form, room);
}

/** The warning that annotations of a namespace have no effect, because gracekeeper does not read them. */
export function unreadNamespace(keys: readonly string[]): string {
  return `gracekeeper has no access to the API server and does not read annotations of namespaces: ${keys.join(", ")} will have no effect`;
}

/** The warning about a namespace that the configuration exempts. */
export function exemptNamespace(name: string): string {
  return `namespace ${quote(name)} is exempt by the configuration of gracekeeper: labels of this namespace have no effect`;
}

/** The effect of a new namespace label on the running pods of the namespace. */
export interface Preview {
  /** How many of the pods would be denied if they were created again. */
  readonly denied: number;
  readonly looked: number;
  /** Whether there are more running pods than were checked. */
  readonly more: boolean;
  /** The first pod that would be denied, in the order of the names, and its problem. */
  readonly first: { readonly name: string; readonly gist: string };
}

/** Example: `namespace "shop": 3 of 12 running pods would be denied on re-create, first "web-7d9f": ...`. */
export function previewWarning(
  namespace: string,
  mode: "enforce" | "warn",
  { denied, looked, more, first }: Preview,
): string {
  const of = `${denied} of ${more ? "the first " : ""}${looked} running pods`;
  const when = mode === "enforce" ? "on re-create" : "under enforce";
  return `namespace ${quote(namespace)}: ${of} would be denied ${when}, first ${quote(first.name)}: ${first.gist}`;
}
