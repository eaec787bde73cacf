import type { Fix, FixText, HandlerValue, Subject, Violation } from "../model/finding.ts";
import { MAX_GRACE_SECONDS } from "../model/keys.ts";
import { andMore } from "./names.ts";
import { plainNumber } from "./seconds.ts";

/**
 * The text of a fix. The grammar is small, so that a test can apply a fix as a person would:
 *
 *   set PATH: VALUE | set PATH to at least N | remove PATH | shorten PATH to Ns | shorten the hook to Ns |
 *   use PATH.HANDLER: VALUE | begin PATH with WORD
 *
 * Several changes are joined by `and`. The words `and 2 more likewise` mean the same change in other containers.
 */

/** The most characters for the list of hooks and probes in one message. The first hook or probe is always named. */
const LISTED_CHARACTERS = 110;

/**
 * The fix of violations as text, such as `set spec.terminationGracePeriodSeconds: 55`. Equal changes are named once. If
 * the text is too long, the last changes inside containers are left out, but never the grace period or the limit. A
 * hook is called `the hook` if it is the only hook to change, and its container is the subject of the message.
 */
export function fixText(violations: readonly Violation[], subject?: Subject): FixText {
  const all = mergedFixes(violations);
  const inside = all.filter(({ container }) => container !== undefined);
  const outside = all.filter(({ container }) => container === undefined);
  const [first, ...others] = inside;
  const isTheHook = first !== undefined && others.length === 0 && isHookOf(first, subject);
  const words = (fix: Fix): string =>
    changeText(fix, isTheHook && fix === first ? "the hook" : fieldName(fix));
  const text = [...byChange(inside).map((fixes) => listText(fixes, words)), ...outside.map(words)].join(
    " and ",
  );
  return { denial: text, warning: text, names: inside.length > 0 && !isTheHook ? "container" : "pod" };
}

function isHookOf(fix: Fix, subject: Subject | undefined): boolean {
  return "shortenTo" in fix && fix.container === subject?.container;
}

function listText(fixes: readonly Fix[], words: (fix: Fix) => string): string {
  const { text, left } = andMore(fixes, words, { separator: " and ", room: LISTED_CHARACTERS });
  return left > 0 ? `${text} likewise` : text;
}

/** Groups the fixes by the kind of change, because `likewise` must mean the same change. */
function byChange(fixes: readonly Fix[]): readonly (readonly Fix[])[] {
  const shorter = fixes.filter((fix) => "shortenTo" in fix);
  const removals = fixes.filter((fix) => "value" in fix && fix.value === undefined);
  const begun = fixes.filter((fix) => "beginWith" in fix);
  const others = fixes.filter((fix) => "value" in fix && fix.value !== undefined);
  return [removals, shorter, begun, others].filter((group) => group.length > 0);
}

/** The most characters of a printed value: a message would cut a longer value, and nobody must copy a cut value. */
const LONGEST_VALUE = 80;

function changeText(fix: Fix, field: string): string {
  if ("shortenTo" in fix) return `shorten ${field} to ${plainNumber(fix.shortenTo)}s`;
  if ("beginWith" in fix) return `begin ${field} with "${fix.beginWith}"`;
  const { value, atLeast } = fix;
  if (value === undefined) return `remove ${field}`;
  if (typeof value === "number")
    return `set ${field}${atLeast ? " to at least " : ": "}${plainNumber(value)}`;
  if (typeof value === "string" && value.length > LONGEST_VALUE) return `update ${field} to match`;
  if (typeof value === "string" || Array.isArray(value)) return `set ${field}: ${JSON.stringify(value)}`;
  return `use ${field}${handlerText(value as HandlerValue)}`;
}

/** The name of the field to change. In the namespace, the fix of a pod changes only the limit. */
function fieldName({ target, path }: Fix): string {
  switch (target) {
    case "pod":
      return path;
    case "namespace":
      return `namespace annotation ${MAX_GRACE_SECONDS}`;
    case "configuration":
      return `${path} of the gracekeeper configuration`;
    default:
      return target satisfies never;
  }
}

/** The new handler of a hook, which replaces the old handler, because a hook has only one handler. */
function handlerText(value: HandlerValue): string {
  return "sleep" in value
    ? `.sleep.seconds: ${plainNumber(value.sleep.seconds)}`
    : `.exec.command: ${JSON.stringify(value.exec.command)}`;
}

/** The fix of an invalid value: `set it to "enforce"`, or a general text if the right value is not known. */
export function correctionText(fix: Fix | undefined): FixText {
  const value = fix !== undefined && "value" in fix ? fix.value : undefined;
  const text =
    typeof value === "string" && value.length <= LONGEST_VALUE
      ? `set it to ${JSON.stringify(value)}`
      : "correct it or remove it";
  return { denial: text, warning: text, names: "nothing" };
}

/** The fix of several invalid values. */
export const CORRECT_ALL: FixText = {
  denial: "correct or remove them",
  warning: "correct or remove them",
  names: "nothing",
};

/**
 * Merges fixes to one change for each field. Violations that need the same changes share one list of fixes, because a
 * pod may have thousands of violations and changes.
 */
export function mergedFixes(violations: readonly Pick<Violation, "fix">[]): readonly Fix[] {
  const [first, ...others] = violations;
  if (first !== undefined && others.length === 0) return first.fix;
  const byField = new Map<string, Fix>();
  for (const fix of [...new Set(violations.map((one) => one.fix))].flat()) {
    const key = `${fix.target} ${fix.path}`;
    const other = byField.get(key);
    byField.set(key, other === undefined ? fix : forBoth(fix, other));
  }
  return [...byField.values()];
}

/**
 * Merges two changes of the same field. Of two grace periods the longer is used, because it is enough for both
 * containers. Two values of an annotation are joined.
 */
function forBoth(one: Fix, other: Fix): Fix {
  if (!("value" in one && "value" in other)) return one;
  if (typeof one.value === "string" && typeof other.value === "string") {
    const items = [other.value, one.value].flatMap((value) => value.split(","));
    return { ...one, value: [...new Set(items)].join(",") };
  }
  return Number(one.value) < Number(other.value) ? other : one;
}
