import { badNamespaceValue, namespaceFault, namespaceFaultWords } from "../rules/bad-namespace-value.ts";
import { correction } from "../rules/fix/correction.ts";
import { andMore } from "../rules/fix/fix-text.ts";
import type { InvalidValue } from "../settings/read-value.ts";
import { compose } from "./messages.ts";
import { quote } from "./quote.ts";

/** What is said to whoever writes a namespace. One line, printable ASCII. */

const LONGEST_DENIAL = 300;
const LONGEST_WARNING = 150;
const LISTED_CHARACTERS = 200;

/** `label gracekeeper.dev/validate: "enfroce" is not one of ... Set it to "enforce". [bad-namespace-value]`. */
export function namespaceDenial(values: readonly InvalidValue[]): string {
  return message(values, ".", LONGEST_DENIAL);
}

/** The same as a warning. */
export function namespaceWarning(values: readonly InvalidValue[]): string {
  return message(values, "", LONGEST_WARNING);
}

function message(values: readonly InvalidValue[], end: string, longest: number): string {
  const what = andMore(values.slice(0, 2).map(namespaceFaultWords), "; ", LISTED_CHARACTERS, values.length);
  const fix = correction(values.map(namespaceFault), end);
  return compose({ what, fix }, badNamespaceValue.id, longest);
}

/** Said where the values of namespaces are not read: nobody should wait for one to do something. */
export function unreadNamespace(keys: readonly string[]): string {
  return `gracekeeper has no access to the API server and does not read annotations of namespaces: ${keys.join(", ")} will do nothing`;
}

/** Said to whoever labels a namespace that the configuration exempts. */
export function exemptNamespace(name: string): string {
  return `namespace ${quote(name)} is exempt by the configuration of gracekeeper: whatever its labels say, nothing is judged or added there`;
}

/** What labelling a namespace would mean for the pods that run there. */
export interface Preview {
  /** How many would be denied if they were created again. */
  readonly denied: number;
  readonly looked: number;
  /** Whether there are more pods than were looked at. */
  readonly more: boolean;
  /** The first of them by name, and what is wrong with it. */
  readonly first: { readonly name: string; readonly gist: string };
}

/** `namespace "shop": 3 of 12 running pods would be denied on re-create, first "web-7d9f": ...`. */
export function previewWarning(
  namespace: string,
  mode: "enforce" | "warn",
  { denied, looked, more, first }: Preview,
): string {
  const of = `${denied} of ${more ? "the first " : ""}${looked} running pods`;
  const when = mode === "enforce" ? "on re-create" : "under enforce";
  return `namespace ${quote(namespace)}: ${of} would be denied ${when}, first ${quote(first.name)}: ${first.gist}`;
}
