import { sleepAdded } from "../policy/findings/sleep-added.ts";
import { type Addition, injection, type SkipReason } from "../policy/injection.ts";
import { actionOf, judge } from "../policy/judge.ts";
import { judgedPod } from "../policy/judged-pod.ts";
import { additionWarning, warnings } from "../policy/messages.ts";
import { printable } from "../policy/quote.ts";
import { FIRST_MINOR_WITH_SLEEP_OF_ZERO } from "../policy/sleep-action.ts";
import type { Subject } from "../policy/subject.ts";
import { readValues, type Values } from "../policy/values.ts";
import { type Context, type Decision, decision } from "./decision.ts";
import { exemption } from "./exempt.ts";
import { readSubjects } from "./read-pod.ts";
import { madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Review } from "./review.ts";
import { workloadOf } from "./workloads.ts";

/**
 * Adds a preStop sleep to the pod that the review brings, with the grace period raised to match.
 *
 * | what came                                  | answer                                                          |
 * |--------------------------------------------|-----------------------------------------------------------------|
 * | anything but the CREATE of a pod           | allowed, untouched                                              |
 * | a user or namespace that is exempt         | allowed, untouched, an audit annotation                         |
 * | a pod that is left alone                   | allowed, the reason in the audit annotation `skipped`           |
 * | a pod that gets a sleep                    | patched; a warning where a person created it, the audit annotation `sleep-added` |
 * | a sleep of the pod's own that this cluster will refuse | a warning, for the API server does not say why      |
 *
 * Never denies.
 *
 * @throws BadRequest where the object has a type that the API server cannot send.
 */
export function mutate(review: Review, context: Context): Decision {
  const { configuration, namespace } = context;
  const workload =
    review.subResource === "" ? workloadOf(review.kind.group, review.kind.kind, configuration) : undefined;
  if (workload?.kind !== "Pod" || review.operation !== "CREATE")
    return leftAlone(review, { reason: "not the creation of a pod" });
  const exempt = exemption(review, configuration);
  if (exempt !== undefined) return leftAlone(review, { reason: exempt, auditAnnotations: { exempt } });
  const [subject] = readSubjects(review.object, workload);
  if (subject === undefined) return leftAlone(review, { reason: "no pod" });
  const values = readValues(subject, namespace, configuration);
  const refused = refusedSleep(subject, context);
  const result = injection({ subject, values, configuration, madeByNode: madeByNode(review.user) });
  if (result.kind === "skipped") {
    const said = printable(`${result.reason}: ${result.because}`, LONGEST_REASON);
    const auditAnnotations = { skipped: said };
    return leftAlone(review, { reason: said, auditAnnotations, subject, refused, skipped: result.reason });
  }
  return patched(review, subject, values, result, refused, context);
}

function patched(
  review: Review,
  subject: Subject,
  values: Values,
  result: Addition,
  refused: readonly string[],
  { configuration }: Context,
): Decision {
  const text = additionWarning(result);
  const byPerson = subject.controller === undefined;
  const silent = values.ignored.has(sleepAdded.id);
  const action = silent ? "Off" : actionOf(sleepAdded, byPerson ? "Warn" : undefined, configuration);
  const verdict = {
    kind: "patched",
    patch: result.patch,
    warnings: [...(action === "Warn" ? [text] : []), ...refused],
    auditAnnotations: action === "Off" ? {} : { "sleep-added": text },
  } as const;
  return decision(review, "inject", verdict, {
    name: requestedName(review),
    owner: ownerOf(subject),
    findings: action === "Off" ? [] : [sleepAdded.id],
    action: "patched",
  });
}

/** What is said of a sleep that the API server will refuse: it comes before its validation, so only here. */
function refusedSleep(subject: Subject, context: Context): readonly string[] {
  const minor = context.configuration.kubernetesMinor;
  if (minor === undefined || minor >= FIRST_MINOR_WITH_SLEEP_OF_ZERO) return [];
  const pod = judgedPod(subject, context, true);
  const { findings } = judge(pod, context.configuration, "before-validation");
  return warnings(
    findings.filter(({ action }) => action === "Warn" || action === "Deny"),
    pod,
  );
}

/** Longer than any reason of ours with one name in it. */
const LONGEST_REASON = 200;

interface LeftAlone {
  readonly reason: string;
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  readonly subject?: Subject;
  readonly refused?: readonly string[];
  readonly skipped?: SkipReason;
}

function leftAlone(
  review: Review,
  { reason, auditAnnotations = {}, subject, refused = [], skipped }: LeftAlone,
): Decision {
  return decision(
    review,
    "inject",
    { kind: "allowed", warnings: refused, auditAnnotations },
    {
      name: requestedName(review),
      owner: subject === undefined ? "" : ownerOf(subject),
      action: "untouched",
      reason,
      ...(skipped !== undefined && { skipped }),
    },
  );
}
