import { printable, quote } from "../messages/quote.ts";

interface Issue {
  readonly path?: readonly PropertyKey[] | undefined;
  readonly input?: unknown;
}

/** The message about an invalid field: the allowed value and the present value, such as `must be a list, not "web"`. */
export function must(be: string) {
  return { error: (issue: Issue) => `must be ${be}${instead(issue)}` };
}

/** Example: `must be one of "Auto", "Off", not "auto"`. */
export function mustBeOneOf(words: readonly string[]) {
  const listed = words.map((word) => `"${word}"`).join(", ");
  const be = words.length > 1 ? `one of ${listed}` : listed;
  return {
    error: (issue: Issue) =>
      issue.input === false && words.includes("Off")
        ? `must be ${be}, not false: put "Off" in quotes`
        : `must be ${be}${instead(issue)}`,
  };
}

/**
 * The message about the length of a list. zod also checks the length of a string, so a string in place of a list gets a
 * message of its own.
 */
export function mustHave(items: string) {
  return {
    error: (issue: Issue) =>
      Array.isArray(issue.input) ? `must have ${items}` : `must be a list${instead(issue)}`,
  };
}

/** The message about unknown fields, which names some of them. A value that is not a mapping gets another message. */
export function knownFields(known: readonly string[]) {
  return {
    error: (issue: Issue & { readonly code?: string; readonly keys?: readonly string[] }) =>
      issue.code === "unrecognized_keys"
        ? unknownFields(issue.keys ?? [], known)
        : `must be a mapping${instead(issue)}`,
  };
}

/** The most unknown fields that a message names: a mapping rarely has more typing errors than that. */
const MOST_UNKNOWN = 5;

function unknownFields(keys: readonly string[], known: readonly string[]): string {
  const named = keys.slice(0, MOST_UNKNOWN).map((key) => quote(key, LONGEST_INPUT));
  const others = keys.length > named.length ? ` and ${keys.length - named.length} more` : "";
  const fields = keys.length === 1 ? "an unknown field" : "unknown fields";
  return `has ${fields} ${named.join(", ")}${others} (known: ${known.join(", ")})`;
}

const LONGEST_INPUT = 40;

/**
 * Describes the present value of the field in a few words. The message never repeats the whole file, because the file
 * may be the wrong one.
 */
function instead({ path = [], input }: Issue): string {
  if (path.length === 0) return "";
  if (input === undefined) return ", and is missing";
  if (input === null) return ", and has no value";
  if (typeof input === "string") return `, not ${quote(input, LONGEST_INPUT)}`;
  if (typeof input === "object") return Array.isArray(input) ? ", not a list" : ", not a mapping";
  return `, not ${String(input)}`;
}

/** Example: `inject.skipOwners[0] must be ...`. */
export function issueLine({
  path,
  message,
}: {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}): string {
  const steps = path.map((step) =>
    typeof step === "number" ? `[${step}]` : `.${printable(String(step), LONGEST_INPUT)}`,
  );
  return `${steps.join("").replace(/^\./, "") || "the file"} ${message}`;
}

/** The configuration file cannot be used. `message` has one line for each field at fault. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}
