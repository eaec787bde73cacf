import { printable } from "../policy/messages/quote.ts";
import { complete, type ReviewResponse } from "./response.ts";
import type { Review } from "./review.ts";

/** Names of Kubernetes are at most 253 characters. */
const LONGEST_NAME = 253;

/**
 * The answer to a create of gracekeeper's own probe: allowed, with the name of the object as a warning. The warning
 * goes back to the replica that probes, and proves that the API server called a replica.
 */
export function answerProbe(review: Review): ReviewResponse {
  const warnings = [proofOfCall(review.name)];
  return complete(review.uid, { kind: "allowed", warnings, auditAnnotations: {} });
}

export function proofOfCall(name: string): string {
  return `gracekeeper answered ${printable(name, LONGEST_NAME)}`;
}
