import type { Action } from "./action.ts";
import type { PodFacts, RunningContainer } from "./pod-facts.ts";

/** A problem that a rule found in a pod, as data without a message. */
export interface Violation<Evidence = unknown> {
  /** The container with the problem; undefined if the whole pod has the problem. */
  readonly container: RunningContainer | undefined;
  /** Path of the wrong field in the submitted Kubernetes object. */
  readonly path: string;
  /** The smallest change that removes this finding. */
  readonly fix: readonly Fix[];
  /** The numbers and names that the message needs. */
  readonly evidence: Evidence;
  /** Replaces the default action of the rule, if the action depends on the pod. */
  readonly action?: Action;
  /** The strongest action that the finding can have, whatever the configuration says. */
  readonly atMost?: Action;
}

/** A violation and its effective action. */
export interface Finding extends Violation {
  readonly id: string;
  readonly action: Action;
}

/**
 * One change of a fix: set a field, remove a field (`value` is undefined), shorten a hook, or put a word at the
 * beginning of a command.
 */
export type Fix = SetFix | ShortenFix | BeginFix;

interface FixField {
  /**
   * The object that has the field: the pod or workload that was sent, its namespace, or gracekeeper's configuration
   * file.
   */
  readonly target: "pod" | "namespace" | "configuration";
  /** Path of the field in the target object. */
  readonly path: string;
  /** Name of the container that has the field. */
  readonly container?: string;
}

export interface SetFix extends FixField {
  readonly value: FixValue | undefined;
  /** True if the number is a minimum, because the duration of a hook has no upper bound. */
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

/** The new handler of a hook. */
export type HandlerValue =
  | { readonly sleep: { readonly seconds: number } }
  | { readonly exec: { readonly command: readonly string[] } };

/** The description of a rule, for the configuration and docs/findings.md. */
export interface RuleInfo {
  /** Ids are API: never renamed, never reused. */
  readonly id: string;
  /** The default action, if the configuration sets none. */
  readonly action: Action;
  /** The exceptions from the default action, such as `Warn on a pod without a controller`. */
  readonly actionNote?: string;
  /** The condition under which the rule reports the finding, for the table of findings. */
  readonly when: string;
  /** A few plain sentences that say what the finding means and why it is a fault. */
  readonly why: string;
  /** Advice in addition to the change that the message prints. */
  readonly advice: string;
  /** The strongest action that the configuration may choose. Unset: Deny. */
  readonly atMost?: Action;
}

/**
 * A rule finds violations in a pod, and describes them for messages. The functions of a rule are methods, not
 * properties, so that TypeScript allows rules with different evidence in one list.
 */
export interface Rule<Evidence = unknown> extends RuleInfo {
  /**
   * Set if the API server refuses or changes a pod with this problem before a validating webhook gets it, but accepts
   * the problem in a template.
   */
  readonly beforeValidation?: true;
  find(pod: PodFacts): readonly Violation<Evidence>[];
  /** Describes one violation. */
  describe(violation: Violation<Evidence>): Statement;
  /** Summarizes two or more violations in one pod. */
  summarize(violations: readonly Violation<Evidence>[]): Summary;
  /**
   * The text about one container in a message that lists several containers: `preStop 45s`. If unset, only the name is
   * listed.
   */
  detail?(violation: Violation<Evidence>): string;
}

/**
 * The parts of a message about one problem. A warning reads `SUBJECT: problem; fix`. In a denial, the consequence
 * follows the problem, and the fix is a sentence of its own.
 */
export interface Statement {
  /** The subject of the message. The default is the container of the violation, or the pod. */
  readonly subject?: Subject;
  readonly problem: string;
  /** The problem with more details, used if there is room. */
  readonly whole?: string;
  /** The text that says why the problem matters, with its punctuation in front, for a denial that has room for it. */
  readonly consequence?: string;
  /** A shorter text of the problem, for a message that would be too long. */
  readonly brief?: string;
  /** Replaces the text that is made from the fix of the violation. */
  readonly fix?: FixText;
  /** The text after the fix in a denial: ` (45 hook + 10 shutdown), or shorten the hook to 20s`. */
  readonly fixNote?: string;
}

/** A statement that always has a subject and a fix. */
export interface CompleteStatement extends Statement {
  readonly subject: Subject;
  readonly fix: FixText;
}

/**
 * The parts of a message about several violations, such as `2 containers HEADLINE: "web" detail, "worker" detail and 3
 * more; fix`.
 */
export interface Summary {
  /** If unset, `containers`. */
  readonly noun?: string;
  readonly headline: string;
  /** The text that says why the problem matters, with its punctuation in front. */
  readonly consequence?: string;
  readonly fix?: FixText;
}

/** The subject of a message: its full name, and its shortest unique name. */
export interface Subject {
  readonly name: string;
  readonly short: string;
  /** The name in a list. If unset, `short` is used. */
  readonly item?: string;
  /** Name of the container. The fix calls the hook of this container `the hook`. */
  readonly container?: string;
}

/** The text of a fix, without a capital letter and without a full stop. */
export interface FixText {
  readonly denial: string;
  readonly warning: string;
  /** Whether the text of the fix names the container, the pod, or nothing (`set it to "web=20"`). */
  readonly names: "container" | "pod" | "nothing";
}
