import { printable } from "../policy/messages/quote.ts";
import { complete, type ReviewResponse } from "./response.ts";
import type { Review } from "./review.ts";

/** Names of Kubernetes are at most 253 characters. */
const LONGEST_NAME = 253;

/**
 * The answer to a create that gracekeeper itself has asked for: allowed, with the name of the object as a warning. The
 * warning goes back to the replica that asked, and proves that a replica was called: without it the API server may not
 * have called any.
 */
export function answerProbe(review: Review): ReviewResponse {
  const warnings = [proofOfCall(review.name)];
  return complete(review.uid, { kind: "allowed", warnings, auditAnnotations: {} });
}

export function proofOfCall(name: string): string {
  return `gracekeeper answered ${printable(name, LONGEST_NAME)}`;
}
