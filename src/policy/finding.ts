import type { JudgedContainer, JudgedPod } from "./judged-pod.ts";

/** Finding ids are API: never renamed, never reused. */
export type FindingId =
  | "bad-annotation"
  | "grace-zero"
  | "hook-over-grace"
  | "no-shutdown-time"
  | "hook-may-exceed"
  | "shutdown-too-short"
  | "hook-cannot-run"
  | "hook-length-unknown"
  | "sleep-added";

/** What a finding does at most; the mode of the namespace may make it weaker. */
export type Action = "Deny" | "Warn" | "Audit" | "Off";

/** One thing that is wrong with one container, or with the pod where `container` is undefined. Data, no text. */
export interface Finding {
  readonly id: FindingId;
  readonly action: Action;
  readonly container: JudgedContainer | undefined;
  /** Field path at fault, in the kind that was sent. */
  readonly path: string;
  /** The smallest change that makes this finding go away; empty where only the author can know. */
  readonly fix: readonly Fix[];
}

/** Set the field at `path` to `value`; remove it where `value` is undefined. */
export interface Fix {
  readonly path: string;
  readonly value: number | string | readonly string[] | undefined;
}

/** A kind of finding: when it is there, and how it is said. */
export interface FindingKind {
  readonly id: FindingId;
  readonly find: (pod: JudgedPod) => readonly Finding[];
  /** One or more findings of this kind in one pod, in the long form (denials) and the short one (warnings). */
  readonly deny: (findings: readonly Finding[], pod: JudgedPod) => Sentence;
  readonly warn: (findings: readonly Finding[], pod: JudgedPod) => Sentence;
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
