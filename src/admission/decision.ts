import type { SkipReason } from "../policy/injection.ts";
import type { JudgedBy } from "../policy/judged-pod.ts";
import { complete, type ReviewResponse, type Verdict } from "./response.ts";
import type { Review } from "./review.ts";

/** The label value that chose the webhook entry: what findings may do at most. */
export type Mode = "enforce" | "warn" | "audit";

/** What is known beside the review itself. Values only: nothing here can reach the network. */
export type Context = JudgedBy;

/** What goes back to the API server, and what is remembered of it. */
export interface Decision {
  readonly response: ReviewResponse;
  readonly record: DecisionRecord;
}

/** The fields of the log line: no pod contents. */
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
  readonly ignored?: readonly string[];
  readonly declared?: string;
  readonly reason?: string;
  readonly skipped?: SkipReason;
}

export function decision(
  review: Review,
  mode: DecisionRecord["mode"],
  verdict: Verdict,
  outcome: Outcome,
): Decision {
  return {
    response: complete(review.uid, verdict),
    record: {
      uid: review.uid,
      mode,
      operation: review.operation,
      namespace: review.namespace,
      kind: review.kind.kind,
      user: review.user.name,
      dryRun: review.dryRun,
      owner: "",
      findings: [],
      ignored: [],
      declared: "",
      reason: "",
      ...outcome,
    },
  };
}
