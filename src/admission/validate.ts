import { type Context, type Decision, decision, type Mode } from "./decision.ts";
import type { Review } from "./review.ts";

/**
 * Judges what the review brings.
 *
 * @throws BadRequest where the object has a type that the API server cannot send.
 */
export function validate(review: Review, mode: Mode, _context: Context): Decision {
  const verdict = { kind: "allowed", warnings: [], auditAnnotations: {} } as const;
  return decision(review, mode, verdict, {
    name: review.name,
    owner: "",
    findings: [],
    action: "allowed",
    reason: "",
  });
}
