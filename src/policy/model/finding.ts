import type { Action } from "./action.ts";
import type { PodFacts, RunningContainer } from "./pod-facts.ts";

/** What a rule found in a pod: data, no text. */
export interface Violation<Evidence = unknown> {
  /** Undefined if the whole pod is at fault. */
  readonly container: RunningContainer | undefined;
  /** Path of the field at fault, in the kind that was sent. */
  readonly path: string;
  /** The smallest change that removes this finding. */
  readonly fix: readonly Fix[];
  /** The numbers and names that the message needs. */
  readonly evidence: Evidence;
  /** Replaces the default of the rule if the action depends on the pod. */
  readonly action?: Action;
  /** The strongest action that is allowed. It limits the configuration, too. */
  readonly atMost?: Action;
}

/** A violation and its effective action. */
export interface Finding extends Violation {
  readonly id: string;
  readonly action: Action;
}

/**
 * One change: set the field to `value`; remove it if `value` is undefined; shorten the hook; or begin the list with a
 * word.
 */
export type Fix = SetFix | ShortenFix | BeginFix;

interface FixField {
  /** The object with the field: the pod or workload that was sent, its namespace, or our configuration file. */
  readonly target: "pod" | "namespace" | "configuration";
  /** Field path in that object. */
  readonly path: string;
  /** Name of the container that has the field. */
  readonly container?: string;
}

export interface SetFix extends FixField {
  readonly value: FixValue | undefined;
  /** True if the number is only a minimum, because a hook has no known limit. */
  readonly atLeast?: boolean;
}

export interface ShortenFix extends FixField {
  /** Seconds. */
  readonly shortenTo: number;
}

export interface BeginFix extends FixField {
  readonly beginWith: string;
}

export type FixValue = number | string | readonly string[] | HandlerValue;

/** Replaces the handler of a hook. */
export type HandlerValue =
  | { readonly sleep: { readonly seconds: number } }
  | { readonly exec: { readonly command: readonly string[] } };

/** The description of a rule, for the configuration and docs/findings.md. */
export interface RuleInfo {
  /** Ids are API: never renamed, never reused. */
  readonly id: string;
  /** The action where the configuration has none. */
  readonly action: Action;
  /** When the default is a different one: `Warn on a pod without a controller`. */
  readonly actionNote?: string;
  /** When it is found, as a clause for a table. */
  readonly when: string;
  /** What the finding means and why it is a fault, in a few plain sentences. */
  readonly why: string;
  /** What to do, in addition to the change that the message prints. */
  readonly advice: string;
  /** The strongest action that the configuration may choose. Unset: Deny. */
  readonly atMost?: Action;
}

/**
 * A check: what it finds in a pod, and what a message says about it. Methods, not properties, so that one list can have
 * rules with different evidence.
 */
export interface Rule<Evidence = unknown> extends RuleInfo {
  /**
   * Set if the API server refuses or changes such a pod before a validating webhook gets it, but accepts it in a
   * template.
   */
  readonly beforeValidation?: true;
  find(pod: PodFacts): readonly Violation<Evidence>[];
  /** One violation. */
  describe(violation: Violation<Evidence>): Statement;
  /** Two or more violations in one pod. */
  summarize(violations: readonly Violation<Evidence>[]): Summary;
  /** What a message about several containers says of each: `preStop 45s`. If unset, only its name. */
  detail?(violation: Violation<Evidence>): string;
}

/** `SUBJECT: problem, consequence. Fix.` in a denial, `SUBJECT: problem; fix` in a warning. */
export interface Statement {
  /** If unset, the container of the violation, or the pod. */
  readonly subject?: Subject;
  readonly problem: string;
  /** The problem with more details, used if there is room. */
  readonly whole?: string;
  /** Why it matters, with its punctuation in front. Only in denials, and only if there is room. */
  readonly consequence?: string;
  /** The shortest form of the problem, for a message that would be too long. */
  readonly brief?: string;
  /** Replaces the text that is made from the fix of the violation. */
  readonly fix?: FixText;
  /** What follows the fix in a denial: ` (45 hook + 10 shutdown), or shorten the hook to 20s`. */
  readonly fixNote?: string;
}

/** A statement that does not depend on a violation. */
export interface CompleteStatement extends Statement {
  readonly subject: Subject;
  readonly fix: FixText;
}

/** `2 containers HEADLINE: "web" detail, "worker" detail and 3 more. Fix.`, in a warning `; fix`. */
export interface Summary {
  /** If unset, `containers`. */
  readonly noun?: string;
  readonly headline: string;
  /** As in a statement. */
  readonly consequence?: string;
  readonly fix?: FixText;
}

/** What a message is about: its full name, and its shortest unique name. */
export interface Subject {
  readonly name: string;
  readonly short: string;
  /** Its name in a list. If unset, the short one. */
  readonly item?: string;
  /** Name of the container whose hook the fix calls `the hook`. */
  readonly container?: string;
}

/** What to do, without a capital or a full stop. */
export interface FixText {
  readonly denial: string;
  readonly warning: string;
  /** What the text names: the container, the pod, or nothing (`set it to "web=20"`). */
  readonly names: "container" | "pod" | "nothing";
}
