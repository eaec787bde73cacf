import type { Action } from "./action.ts";
import type { PodFacts, RunningContainer } from "./pod-facts.ts";

/** What a rule found in a pod: data, no text. */
export interface Violation<Evidence = unknown> {
  /** Undefined where the pod as a whole is at fault. */
  readonly container: RunningContainer | undefined;
  /** Field path at fault, in the kind that was sent. */
  readonly path: string;
  /** The smallest change that makes this finding go away. */
  readonly fix: readonly Fix[];
  /** The numbers and names that the message needs. */
  readonly evidence: Evidence;
  /** Replaces the rule's own default, where that depends on the pod. */
  readonly action?: Action;
  /** The strongest action allowed, whatever the configuration says. */
  readonly atMost?: Action;
}

/** A violation and its effective action. */
export interface Finding extends Violation {
  readonly id: string;
  readonly action: Action;
}

/** One change: set the field to `value`, remove it where `value` is undefined, make the hook there shorter, or begin the list there with a word. */
export type Fix = SetFix | ShortenFix | BeginFix;

interface FixField {
  /** The object that has the field: what was sent (a pod or its workload), its namespace, or our configuration file. */
  readonly target: "pod" | "namespace" | "configuration";
  /** Field path in that object. */
  readonly path: string;
  /** Name of the container that has the field. */
  readonly container?: string;
}

export interface SetFix extends FixField {
  readonly value: FixValue | undefined;
  /** True where the number is the least that may do, for a hook has no known limit. */
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
  /** When the default is another one: `Warn on a pod without a controller`. */
  readonly actionNote?: string;
  /** When it is found, as a clause for a table. */
  readonly when: string;
  /** What it means and why it is wrong, in a few plain sentences. */
  readonly why: string;
  /** What to do, beyond the change that the message prints. */
  readonly advice: string;
  /** The strongest action that the configuration may choose. Unset: Deny. */
  readonly atMost?: Action;
}

/**
 * A check: what it finds in a pod, and how a message says it. They are methods, so that one list can hold rules with
 * different evidence.
 */
export interface Rule<Evidence = unknown> extends RuleInfo {
  /** Set if the API server refuses or changes such a pod before a validating webhook sees it. It accepts such templates. */
  readonly beforeValidation?: true;
  find(pod: PodFacts): readonly Violation<Evidence>[];
  /** One violation. */
  describe(violation: Violation<Evidence>): Statement;
  /** Two or more violations in one pod. */
  summarize(violations: readonly Violation<Evidence>[]): Summary;
  /** What a message for several containers says of each: `preStop 45s`. Unset: only its name. */
  detail?(violation: Violation<Evidence>): string;
}

/** `SUBJECT: problem, consequence. Fix.` in a denial, `SUBJECT: problem; fix` in a warning. */
export interface Statement {
  /** Unset: the container of the violation, or the pod. */
  readonly subject?: Subject;
  readonly problem: string;
  /** The problem with what is good to know as well, where there is room for that. */
  readonly whole?: string;
  /** Why it matters. Begins with its own punctuation. Only in denials, and there only if it fits. */
  readonly consequence?: string;
  /** The problem in the fewest characters, for a message that is too long. */
  readonly brief?: string;
  /** Replaces the words made from the violation's fix. */
  readonly fix?: FixText;
  /** Follows the fix in a denial: ` (45 hook + 10 shutdown), or shorten the hook to 20s`. */
  readonly fixNote?: string;
}

/** A statement that needs no violation. */
export interface CompleteStatement extends Statement {
  readonly subject: Subject;
  readonly fix: FixText;
}

/** `2 containers HEADLINE: "web" detail, "worker" detail and 3 more. Fix.`, in a warning `; fix`. */
export interface Summary {
  /** Unset: containers. */
  readonly noun?: string;
  readonly headline: string;
  /** As in a statement. */
  readonly consequence?: string;
  readonly fix?: FixText;
}

/** What a message is about: its full name, and the shortest name that is still unique. */
export interface Subject {
  readonly name: string;
  readonly short: string;
  /** Its name in a list of several. Unset: the short one. */
  readonly item?: string;
  /** Name of the container whose hook is `the hook` in the fix. */
  readonly container?: string;
}

/** What to do, without a capital or a full stop. */
export interface FixText {
  readonly denial: string;
  readonly warning: string;
  /** What the text names by itself: the container, the pod, or nothing (`set it to "web=20"`). */
  readonly names: "container" | "pod" | "nothing";
}
