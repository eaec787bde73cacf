import type { HookReader } from "../hook/hook-reader.ts";
import type { Configuration } from "../policy/configuration.ts";
import type { SkipReason } from "../policy/injection.ts";
import { complete, type ReviewResponse, type Verdict } from "./response.ts";
import type { Review } from "./review.ts";

/** The label value that chose the webhook entry: what findings may do at most. */
export type Mode = "enforce" | "warn" | "audit";

/** What is known beside the review itself. Values only: nothing here can reach the network. */
export interface Context {
  readonly configuration: Configuration;
  readonly readHook: HookReader;
}

/** What goes back to the API server, and what is remembered of it. */
export interface Decision {
  readonly response: ReviewResponse;
  readonly record: DecisionRecord;
}

/** The fields of the log line: no pod contents. */
export interface DecisionRecord {
  readonly uid: string;
  readonly mode: Mode | "inject";
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
  readonly action: "allowed" | "denied" | "warned" | "audited" | "patched" | "untouched";
  /** Why nothing was judged or added, where that is so. */
  readonly reason: string;
  /** Why a pod got no sleep, as one of a closed set; undefined where it got one, or nothing was to be added. */
  readonly skipped?: SkipReason;
}

export type Outcome = Omit<
  DecisionRecord,
  "uid" | "mode" | "operation" | "namespace" | "kind" | "user" | "dryRun"
>;

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
      ...outcome,
    },
  };
}
