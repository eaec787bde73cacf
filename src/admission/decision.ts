import type { SkipReason } from "../policy/injection/skip.ts";
import { printable } from "../policy/messages/quote.ts";
import { type Exemption, exemptionText, requestedName } from "./requester.ts";
import { complete, type ReviewResponse, type Verdict } from "./response.ts";
import type { Review } from "./review.ts";

/**
 * The mode of the called webhook, which limits the action of every finding. The namespace label
 * gracekeeper.dev/validate selects the webhook.
 */
export type Mode = "enforce" | "warn" | "audit";

/** The verdict for the API server, and the data for log and metrics. */
export interface Decision {
  readonly response: ReviewResponse;
  readonly record: DecisionRecord;
}

/**
 * The fields of the log line, which has no contents of the pod. A string is cut after LONGEST_TEXT characters, and the
 * log escapes control characters.
 */
export interface DecisionRecord {
  readonly uid: string;
  readonly mode: Mode | "inject" | "namespace";
  readonly operation: string;
  readonly namespace: string;
  readonly kind: string;
  /** The object's name, or its generateName. */
  readonly name: string;
  /** The controller that owns the object, such as `ReplicaSet/web-7d9f`; empty if there is none. */
  readonly owner: string;
  readonly user: string;
  readonly dryRun: boolean;
  readonly findings: readonly string[];
  /** Findings that would deny the pods in mode enforce, whatever the current mode is. */
  readonly wouldDeny: readonly string[];
  /** Findings that the pod ignores by the annotation gracekeeper.dev/ignore. */
  readonly ignored: readonly string[];
  /** The seconds that the pod declares for its hooks, such as `web=20`; empty if no hook has a declared time. */
  readonly declared: string;
  /**
   * The duration in seconds that the author of a hook seems to intend, for each hook with a finding, such as `web=60`;
   * empty if no hook has a finding.
   */
  readonly known: string;
  readonly action: "allowed" | "denied" | "warned" | "audited" | "patched" | "untouched";
  /**
   * The reason why a pod or template was not checked, or why a pod got no preStop sleep; empty if there is no reason.
   */
  readonly reason: string;
  /**
   * The reason why the injection webhook added no preStop sleep; undefined if a sleep was added, and for all other
   * webhooks.
   */
  readonly skipped?: SkipReason;
}

/** The fields of `DecisionRecord` that the caller of `decision` sets. */
type Outcome = Pick<DecisionRecord, "name" | "action"> & Partial<DecisionRecord>;

export function decision(
  review: Review,
  mode: DecisionRecord["mode"],
  verdict: Verdict,
  { name, owner = "", declared = "", known = "", reason = "", ...outcome }: Outcome,
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
      declared: printable(declared, LONGEST_TEXT),
      known: printable(known, LONGEST_TEXT),
      reason: printable(reason, LONGEST_TEXT),
      name: short(name),
      ...outcome,
    },
  };
}

/**
 * The decision for a request that is allowed without a check and without a patch. If the configuration exempts the user
 * or the namespace, an audit annotation says so, too.
 */
export function untouched(
  review: Review,
  mode: DecisionRecord["mode"],
  why: Untouched,
  warnings: readonly string[] = [],
): Decision {
  const reason = why.kind === "exempt" ? exemptionText(why.exemption) : why.reason;
  const auditAnnotations = why.kind === "exempt" ? { exempt: reason } : {};
  const verdict: Verdict = { kind: "allowed", warnings, auditAnnotations };
  return decision(review, mode, verdict, { name: requestedName(review), action: "untouched", reason });
}

/** The reason why a request is allowed without a check and without a patch. */
export type Untouched =
  | { readonly kind: "untouched"; readonly reason: string }
  | { readonly kind: "exempt"; readonly exemption: Exemption };

/**
 * The maximum length of a string in the log. A name in Kubernetes has at most 253 characters, so owners such as
 * `ReplicaSet/web-7d9f` fit.
 */
const LONGEST_TEXT = 320;

function short(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}
