import type { Statement, Subject } from "../model/finding.ts";
import type { InvalidValue } from "../settings/read-value.ts";
import { quote } from "./quote.ts";

/** What is said of a label or annotation of ours that cannot be used. */

const LONGEST_VALUE = 40;

/** In a message that is too long otherwise. */
const SHORT_VALUE = 12;

/** `"soon" is not a whole number of seconds from 0 to 86400`. */
export function invalidValueText({
  value,
  because,
  item,
}: InvalidValue): Pick<Statement, "problem" | "brief"> {
  if (item === undefined)
    return {
      problem: `${quote(value, LONGEST_VALUE)} ${because}`,
      brief: `${quote(value, SHORT_VALUE)} ${because}`,
    };
  const problem = `${quote(item, LONGEST_VALUE)} ${because}`;
  return { problem: item === value ? problem : `${quote(value, LONGEST_VALUE)}: ${problem}`, brief: problem };
}

/** `; annotations read here: hook-seconds, ignore`, behind a key that does nothing. */
export function knownKeysText({ where, known }: InvalidValue): string {
  return known === undefined ? "" : `; ${where} read here: ${known.join(", ")}`;
}

/** Safe to print as it is: a key that can be a label of Kubernetes. */
const PLAIN_KEY = /^[\w./-]+$/;

/** `annotation gracekeeper.dev/hook-seconds`. */
export function keyName(where: InvalidValue["where"], key: string): string {
  return `${where === "labels" ? "label" : "annotation"} ${PLAIN_KEY.test(key) ? key : quote(key)}`;
}

/** A value of a namespace: in its own message by key, in a message about a pod with the name of the namespace. */
export function namespaceSubject({ where, key }: InvalidValue, namespace: string | undefined): Subject {
  const name = keyName(where, key);
  return namespace === undefined
    ? { name, short: name }
    : { name: `namespace ${quote(namespace)}: ${name}`, short: `namespace ${key}` };
}
