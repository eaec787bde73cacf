import type { CompleteStatement, Rule, Subject, Violation } from "../model/finding.ts";
import { fixText } from "./fix-text.ts";
import { andMore, containerSubject, POD_SUBJECT } from "./names.ts";
import { printable } from "./quote.ts";

/** Builds a message. Only this file knows the form of denials and warnings. */

export type Form = "denial" | "warning";

/** The maximum length of a message, in characters. */
export interface Room {
  /** A message above this length is replaced by a shorter variant, without consequence or details. */
  readonly longest: number;
  /** If even the shortest variant of a message is above this length, the problem is cut. */
  readonly most: number;
}

/** Builds one message about all violations of a rule. The message ends with the id of the rule. */
export function sentence(rule: Rule, violations: readonly Violation[], form: Form, room: Room): string {
  const [first, ...others] = violations;
  if (first === undefined) return "";
  const pieces = others.length === 0 ? one(rule, first, form) : several(rule, violations, form);
  return fit(pieces.variants, `${pieces.fix} [${rule.id}]`, room, pieces.least);
}

/** Builds a message about the problem alone, without the fix. */
export function problem(rule: Rule, violation: Violation, room: Room): string {
  return fit(one(rule, violation, "warning").variants, ` [${rule.id}]`, room);
}

interface Pieces {
  /** Variants of the problem, from the longest to the shortest. */
  readonly variants: readonly string[];
  /** The fix as text, with its punctuation. */
  readonly fix: string;
  /** How many characters of the problem are kept if the fix is long. */
  readonly least?: number;
}

function one(rule: Rule, violation: Violation, form: Form): Pieces {
  const described = rule.describe(violation);
  const subject = described.subject ?? subjectOf(violation);
  const pieces = statement(
    { ...described, subject, fix: described.fix ?? fixText([violation], subject) },
    form,
  );
  return subject.container === undefined ? pieces : { ...pieces, least: SHORTEST_PROBLEM };
}

/** The parts of a message, made from a complete statement. */
export function statement(said: CompleteStatement, form: Form): Pieces {
  const { subject, problem: full, whole = full, consequence = "", brief = full, fixNote = "", fix } = said;
  const problems = [...new Set([whole, full])].map((text) => `${subject.name}: ${text}`);
  return {
    variants: [
      ...(form === "denial" ? problems.map((text) => `${text}${consequence}`) : []),
      ...problems,
      `${subject.short}: ${full}`,
      `${subject.name}: ${brief}`,
      `${subject.short}: ${brief}`,
      ...(fix.names === "container" ? [brief] : []),
    ],
    fix: ending(form === "denial" ? `${fix.denial}${fixNote}` : fix.warning, form),
  };
}

/** The most characters for the items that one message lists. */
const LISTED_CHARACTERS = 120;

function several(rule: Rule, violations: readonly Violation[], form: Form): Pieces {
  const {
    noun = "containers",
    headline,
    consequence = "",
    fix = fixText(violations),
  } = rule.summarize(violations);
  const items = (room: number): string =>
    andMore(violations, (found) => item(rule, found), { separator: ", ", room }).text;
  const head = `${violations.length} ${noun} ${headline}`;
  const whole = `${head}: ${items(LISTED_CHARACTERS)}`;
  return {
    variants: [`${whole}${consequence}`, whole, fix.names === "nothing" ? `${head}: ${items(0)}` : head],
    fix: ending(fix[form], form),
  };
}

function item(rule: Rule, violation: Violation): string {
  const { short, item: name = short } = rule.describe(violation).subject ?? subjectOf(violation);
  return `${name} ${rule.detail?.(violation) ?? ""}`.trimEnd();
}

function subjectOf({ container }: Violation): Subject {
  return container === undefined ? POD_SUBJECT : containerSubject(container);
}

function ending(fix: string, form: Form): string {
  if (fix === "") return form === "denial" ? "." : "";
  return form === "denial" ? `. ${fix.charAt(0).toUpperCase()}${fix.slice(1)}.` : `; ${fix}`;
}

/**
 * A problem of one container is never cut below this length, because the fix is useless without the name of the
 * container.
 */
const SHORTEST_PROBLEM = 24;

/** The longest variant that fits together with `end`, as one line of printable ASCII. */
export function fit(variants: readonly string[], end: string, { longest, most }: Room, least = 0): string {
  const fitting = variants.find((text) => text.length + end.length <= longest) ?? variants.at(-1) ?? "";
  return `${printable(fitting, Math.max(least, most - end.length))}${end}`;
}
