import type { Statement, Subject } from "../model/finding.ts";
import type { InvalidValue, ValueProblem } from "../settings/read-value.ts";
import { quote } from "./quote.ts";

/** The texts about invalid labels and annotations of gracekeeper. */

const LONGEST_VALUE = 40;

/** The most characters of a value in the short form of a message. */
const SHORT_VALUE = 12;

/** Example: `"soon" is not a whole number of seconds from 0 to 86400`. */
export function invalidValueText({ value, problem }: InvalidValue): Pick<Statement, "problem" | "brief"> {
  const clause = clauseOf(problem);
  const whole = quote(value, LONGEST_VALUE);
  if (!("item" in problem))
    return { problem: `${whole} ${clause}`, brief: `${quote(value, SHORT_VALUE)} ${clause}` };
  const item = `${quote(problem.item, LONGEST_VALUE)} ${clause}`;
  return { problem: problem.item === value ? item : `${whole}: ${item}`, brief: item };
}

const CLAUSES: {
  readonly [Code in ValueProblem["code"]]: (problem: ValueProblem & { readonly code: Code }) => string;
} = {
  "not-a-word": ({ words }) => `is not one of ${words.join(", ")}`,
  "not-seconds": ({ range }) => `is not a whole number of seconds from ${range.min} to ${range.max}`,
  "not-declarations": () => 'is not a list of CONTAINER=SECONDS such as "web=20,log=5"',
  "not-finding-ids": () => "is not a list of finding ids with commas between them",
  "not-a-span": () => "is not a whole number of seconds or a range",
  "reversed-span": () => "ends before it begins",
  "span-too-long": ({ max }) => `is more than ${max}`,
  "container-twice": ({ container }) => `names container ${quote(container, LONGEST_VALUE)} twice`,
  "not-ignorable": () => "is not a finding that a pod can ignore",
  "unknown-key": () => "does nothing here",
};

/** The clause that follows an invalid value, or the wrong item of the value. */
function clauseOf(problem: ValueProblem): string {
  return (CLAUSES[problem.code] as (one: ValueProblem) => string)(problem);
}

/**
 * The end of the message about a label or annotation without effect: `; annotations read here: hook-seconds, ignore`.
 */
export function knownKeysText({ where, problem }: InvalidValue): string {
  return problem.code === "unknown-key" ? `; ${where} read here: ${problem.known.join(", ")}` : "";
}

/** The characters of a Kubernetes label key, which are safe to print. */
const PLAIN_KEY = /^[\w./-]+$/;

/** Example: `annotation gracekeeper.dev/hook-seconds`. */
export function keyName(where: InvalidValue["where"], key: string): string {
  return `${where === "labels" ? "label" : "annotation"} ${PLAIN_KEY.test(key) ? key : quote(key)}`;
}

/**
 * The subject of a message about an invalid label or annotation of a namespace: its key. In a message about a pod, the
 * subject also names the namespace.
 */
export function namespaceSubject({ where, key }: InvalidValue, namespace: string | undefined): Subject {
  const name = keyName(where, key);
  return namespace === undefined
    ? { name, short: name }
    : { name: `namespace ${quote(namespace)}: ${name}`, short: `namespace ${key}` };
}
