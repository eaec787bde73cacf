import type { SkipReason } from "../policy/injection/skip.ts";
import { printable } from "../policy/messages/quote.ts";
import { type Exemption, exemptionText, requestedName } from "./requester.ts";
import { complete, type ReviewResponse, type Verdict } from "./response.ts";
import type { Review } from "./review.ts";

/** The label value that chose the webhook entry. It limits the effect of findings. */
export type Mode = "enforce" | "warn" | "audit";

/** The verdict for the API server, and the record for log and metrics. */
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
  /** The controller that owns the object, such as `ReplicaSet/web-7d9f`; empty if there is none. */
  readonly owner: string;
  readonly user: string;
  readonly dryRun: boolean;
  readonly findings: readonly string[];
  /** Findings that would deny the pod, or the pods of the template, in mode enforce, regardless of the current mode. */
  readonly wouldDeny: readonly string[];
  /** Findings that the pod's annotation ignores. */
  readonly ignored: readonly string[];
  /** What the pod declares about its own hooks, such as `web=20`; empty if it declares nothing. */
  readonly declared: string;
  /** The known runs of the hooks with findings, in seconds, such as `web=60`; empty if no finding is about a hook. */
  readonly known: string;
  readonly action: "allowed" | "denied" | "warned" | "audited" | "patched" | "untouched";
  /** Why nothing was checked or added; empty otherwise. */
  readonly reason: string;
  /** Why a pod did not get a sleep. Undefined if it did, or if this is not an injection. */
  readonly skipped?: SkipReason;
}

/** The result of a decision. */
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

/** A request that is allowed unchanged, and why. An exemption is also in the audit log. */
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

/** Why a request is allowed unchanged. */
export type Untouched =
  | { readonly kind: "untouched"; readonly reason: string }
  | { readonly kind: "exempt"; readonly exemption: Exemption };

/** Names and users of Kubernetes are at most 253 characters; a kind and a name make an owner. */
const LONGEST_TEXT = 320;

function short(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}...` : text;
}
