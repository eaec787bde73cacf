import { printable } from "../policy/messages/quote.ts";
import { complete, type ReviewResponse } from "./response.ts";
import type { Review } from "./review.ts";

/** The name of a Kubernetes object has at most 253 characters. */
const LONGEST_NAME = 253;

/**
 * Answers the CREATE request of gracekeeper's own probe: the request is allowed, with a warning that has the object's
 * name. The probing replica gets the warning back, which proves that the API server called a replica.
 */
export function answerProbe(review: Review): ReviewResponse {
  const warnings = [proofOfCall(review.name)];
  return complete(review.uid, { kind: "allowed", warnings, auditAnnotations: {} });
}

export function proofOfCall(name: string): string {
  return `gracekeeper answered ${printable(name, LONGEST_NAME)}`;
}
