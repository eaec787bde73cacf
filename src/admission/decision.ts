import type { SkipReason } from "../policy/injection/decide.ts";
import { printable } from "../policy/messages/quote.ts";
import { complete, type ReviewResponse, type Verdict } from "./response.ts";
import type { Review } from "./review.ts";

/** The label value that chose the webhook entry: what findings may do at most. */
export type Mode = "enforce" | "warn" | "audit";

/** What goes back to the API server, and what is remembered of it. */
export interface Decision {
  readonly response: ReviewResponse;
  readonly record: DecisionRecord;
}

/** The fields of the log line: no pod contents. No text is longer than LONGEST_TEXT; the log escapes them. */
export interface DecisionRecord {
  readonly uid: string;
  readonly mode: Mode | "inject" | "namespace";
  readonly operation: string;
  readonly namespace: string;
  readonly kind: string;
  /** The object's name, or its generateName. */
  readonly name: string;
  /** `ReplicaSet/web-7d9f`, of the controller that owns the object; empty where there is none. */
  readonly owner: string;
  readonly user: string;
  readonly dryRun: boolean;
  readonly findings: readonly string[];
  /** Of the findings those that reject the pod, or the pods of the template, under enforce, whatever the mode is now. */
  readonly wouldDeny: readonly string[];
  /** Findings that the pod asked to ignore, and was let. */
  readonly ignored: readonly string[];
  /** `web=20`: what the pod declares of its hooks, where it has such hooks; empty where it declares nothing. */
  readonly declared: string;
  readonly action: "allowed" | "denied" | "warned" | "audited" | "patched" | "untouched";
  /** Why nothing was judged or added, where that is so. */
  readonly reason: string;
  /** Why a pod got no sleep, as one of a closed set; undefined where it got one, or nothing was to be added. */
  readonly skipped?: SkipReason;
}

/** What a decision came to, in its own words. */
export interface Outcome {
  readonly name: string;
  readonly action: DecisionRecord["action"];
  readonly owner?: string;
  readonly findings?: readonly string[];
  readonly wouldDeny?: readonly string[];
  readonly ignored?: readonly string[];
  readonly declared?: string;
  readonly reason?: string;
  readonly skipped?: SkipReason;
}

export function decision(
  review: Review,
  mode: DecisionRecord["mode"],
  verdict: Verdict,
  { name, owner = "", declared = "", reason = "", ...outcome }: Outcome,
): Decision {
  return {
    response: complete(review.uid, verdict),
    record: {
      uid: short(review.uid),
      mode,
      operation: short(review.operation),
      namespace: short(review.namespace),
      kind: short(review.kind.kind),
      user: short(review.user.name),
      dryRun: review.dryRun,
      owner: short(owner),
      findings: [],
      wouldDeny: [],
      ignored: [],
      declared,
      reason: printable(reason, LONGEST_TEXT),
      name: short(name),
      ...outcome,
    },
  };
}

/** Names and users of Kubernetes are at most 253 characters; a kind and a name make an owner. */
const LONGEST_TEXT = 320;

function short(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}
