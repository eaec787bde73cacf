import type { Action } from "./action.ts";
import type { ContainerFacts, PodFacts } from "./pod-facts.ts";

/** What a kind of finding sees in a pod: data, no text. */
export interface Violation {
  /** Undefined where the pod as a whole is at fault. */
  readonly container: ContainerFacts | undefined;
  /** Field path at fault, in the kind that was sent. */
  readonly path: string;
  /** The smallest change that makes this finding go away; empty where only the author can know. */
  readonly fix: readonly Fix[];
  /** In place of the kind's own default, where that depends on the pod. */
  readonly action?: Action;
  /** The strongest it may be, whatever the configuration says. */
  readonly atMost?: Action;
}

/** One thing that is wrong, and what it does under the configuration in force. */
export interface Finding extends Violation {
  readonly id: string;
  readonly action: Action;
}

/** Set the field at `path` to `value`, or remove it where `value` is undefined; or make the hook at `path` shorter. */
export type Fix =
  | { readonly path: string; readonly value: FixValue | undefined }
  | { readonly path: string; readonly shortenTo: number };

export type FixValue = number | string | readonly string[] | HandlerValue;

/** Takes the place of the handler that is there. */
export type HandlerValue =
  | { readonly sleep: { readonly seconds: number } }
  | { readonly exec: { readonly command: readonly string[] } };

/** What is said of a finding before anybody has met it: for the configuration, and for docs/findings.md. */
export interface RuleInfo {
  /** Ids are API: never renamed, never reused. */
  readonly id: string;
  /** What it does where the configuration does not say. */
  readonly action: Action;
  /** Where that is not the whole truth: `Warn where nobody asked for that time`. */
  readonly actionNote?: string;
  /** When it is there, as a clause for a table. */
  readonly when: string;
  /** What it means and why it is wrong, in a few plain sentences. */
  readonly why: string;
  /** What to do, beyond the change that the message prints. */
  readonly advice: string;
  /** The strongest it may be moved to; Deny where it is not said. */
  readonly atMost?: Action;
}

/** A kind of finding: when it is there, and how it is said. */
export interface Rule extends RuleInfo {
  readonly find: (pod: PodFacts) => readonly Violation[];
  /** Seen in a pod before the API server's own validation only, which refuses or changes it; in templates always. */
  readonly beforeValidation?: true;
  /** One or more findings of this kind in one pod, in the long form (denials) and the short one (warnings). */
  readonly deny: (findings: readonly Violation[], pod: PodFacts) => Sentence;
  readonly warn: (findings: readonly Violation[], pod: PodFacts) => Sentence;
}

/** A message in its pieces. Where the whole is too long the clause goes first, then `brief` stands for `what`. */
export interface Sentence {
  /** Who, and what is wrong, with its numbers. */
  readonly what: string;
  readonly brief?: string;
  /** Why it matters, beginning with its own punctuation. */
  readonly clause?: string;
  /** What to set, beginning with its own punctuation. */
  readonly fix: string;
}
