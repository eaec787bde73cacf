import { injection, type SkipReason } from "../policy/injection.ts";
import { additionWarning } from "../policy/injection-message.ts";
import { printable } from "../policy/quote.ts";
import type { Subject } from "../policy/subject.ts";
import { readValues } from "../policy/values.ts";
import { type Context, type Decision, decision } from "./decision.ts";
import { readSubject } from "./read-pod.ts";
import { madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Review } from "./review.ts";
import { workloadOf } from "./workloads.ts";

/**
 * Adds a preStop sleep to the pod that the review brings, with the grace period raised to match.
 *
 * | what came                                  | answer                                                          |
 * |--------------------------------------------|-----------------------------------------------------------------|
 * | anything but the CREATE of a pod           | allowed, untouched                                              |
 * | a pod that is left alone                   | allowed, the reason in the audit annotation `skipped`           |
 * | a pod that gets a sleep                    | patched; a warning where a person created it, the audit annotation `sleep-added` always |
 *
 * Never denies.
 *
 * @throws BadRequest where the object has a type that the API server cannot send.
 */
export function mutate(review: Review, context: Context): Decision {
  const workload = review.subResource === "" ? workloadOf(review.kind.group, review.kind.kind) : undefined;
  if (workload?.kind !== "Pod" || review.operation !== "CREATE")
    return leftAlone(review, undefined, "not the creation of a pod");
  const subject = readSubject(review.object, workload);
  if (subject === undefined) return leftAlone(review, undefined, "no pod");
  const { configuration } = context;
  const values = readValues(subject.annotations, configuration);
  const result = injection({ subject, values, configuration, madeByNode: madeByNode(review.user) });
  if (result.kind === "skipped")
    return leftAlone(review, subject, `${result.reason}: ${result.because}`, result.reason);
  const text = additionWarning(result);
  const verdict = {
    kind: "patched",
    patch: result.patch,
    warnings: subject.controller === undefined ? [text] : [],
    auditAnnotations: { "sleep-added": text },
  } as const;
  return decision(review, "inject", verdict, {
    name: requestedName(review),
    owner: ownerOf(subject),
    findings: ["sleep-added"],
    action: "patched",
    reason: "",
  });
}

/** Longer than any reason of ours with one name in it. */
const LONGEST_REASON = 200;

function leftAlone(
  review: Review,
  subject: Subject | undefined,
  reason: string,
  skipped?: SkipReason,
): Decision {
  const said = printable(reason, LONGEST_REASON);
  const auditAnnotations = subject === undefined ? {} : { skipped: said };
  return decision(
    review,
    "inject",
    { kind: "allowed", warnings: [], auditAnnotations },
    {
      name: requestedName(review),
      owner: subject === undefined ? "" : ownerOf(subject),
      findings: [],
      action: "untouched",
      reason: said,
      ...(skipped !== undefined && { skipped }),
    },
  );
}
