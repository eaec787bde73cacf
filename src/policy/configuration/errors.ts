import { printable, quote } from "../messages/quote.ts";

/** What zod knows of a value that is not as it should be. */
interface Issue {
  readonly path?: readonly PropertyKey[] | undefined;
  readonly input?: unknown;
}

/** `must be a list, not "web"`: what is allowed, and what is there instead. For every fault of a field. */
export function must(be: string) {
  return { error: (issue: Issue) => `must be ${be}${instead(issue)}` };
}

/** `must be one of "Auto", "Off", not "auto"`. */
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

/** For the length of a list; zod measures texts, too, where a list should be. */
export function mustHave(items: string) {
  return {
    error: (issue: Issue) =>
      Array.isArray(issue.input) ? `must have ${items}` : `must be a list${instead(issue)}`,
  };
}

/** Unknown fields are named, some of them; anything else is told by what `otherwise` says. */
export function knownFields(known: readonly string[]) {
  return {
    error: (issue: Issue & { readonly code?: string; readonly keys?: readonly string[] }) =>
      issue.code === "unrecognized_keys"
        ? unknownFields(issue.keys ?? [], known)
        : `must be a mapping of fields${instead(issue)}`,
  };
}

/** Nobody has more typing errors in one place. */
const MOST_UNKNOWN = 5;

function unknownFields(keys: readonly string[], known: readonly string[]): string {
  const named = keys.slice(0, MOST_UNKNOWN).map((key) => quote(key, LONGEST_INPUT));
  const others = keys.length > named.length ? ` and ${keys.length - named.length} more` : "";
  const fields = keys.length === 1 ? "an unknown field" : "unknown fields";
  return `has ${fields} ${named.join(", ")}${others} (known: ${known.join(", ")})`;
}

const LONGEST_INPUT = 40;

/** What is there, in few words. The file as a whole is not repeated: it may be another file than was meant. */
function instead({ path = [], input }: Issue): string {
  if (path.length === 0) return "";
  if (input === undefined) return ", and is missing";
  if (input === null) return ", and has no value";
  if (typeof input === "string") return `, not ${quote(input, LONGEST_INPUT)}`;
  if (typeof input === "object") return Array.isArray(input) ? ", not a list" : ", not a mapping";
  return `, not ${String(input)}`;
}

/** `inject.skipOwners[0] must be ...`. */
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
