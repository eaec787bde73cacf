import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { actionOf } from "../policy/assess/evaluate.ts";
import type { Addition, Injection } from "../policy/injection/decide.ts";
import { guardedInjection } from "../policy/injection/guard.ts";
import { additionWarning, warnings } from "../policy/messages/messages.ts";
import { printable } from "../policy/messages/quote.ts";
import { skipText } from "../policy/messages/skip-text.ts";
import type { Context } from "../policy/model/context.ts";
import type { PodOrTemplate } from "../policy/model/pod.ts";
import type { PodFacts } from "../policy/model/pod-facts.ts";
import { sleepAdded } from "../policy/rules/sleep-added.ts";
import { type Decision, decision, untouched } from "./decision.ts";
import { readSubjects } from "./pods/read-pod.ts";
import { isPod, reviewedWorkload } from "./pods/workloads.ts";
import { exemption, madeByNode, ownerOf, requestedName } from "./requester.ts";
import { idsOf } from "./response-text.ts";
import type { Review } from "./review.ts";

/**
 * Adds a preStop sleep to the pod of the review, and raises the grace period to match.
 *
 * | request                                    | answer                                                     |
 * |--------------------------------------------|------------------------------------------------------------|
 * | anything but the CREATE of a pod           | allowed, untouched                                         |
 * | a user or namespace that is exempt         | allowed, untouched, an audit annotation                    |
 * | a pod that gets no sleep                   | allowed, the reason in the audit annotation `skipped`      |
 * | a pod that gets a sleep                    | patched, the audit annotation `sleep-added`                |
 * | the same pod, created by a person          | a warning in addition                                      |
 * | a pod whose own sleep this cluster refuses | a warning, or the audit annotation `findings`, in addition |
 *
 * The API server does not say why it refuses a sleep, so the warning says why. No person sees a warning that a
 * controller gets, so the audit annotations have the text of every warning, too. This webhook never denies a pod.
 *
 * @throws BadRequest if a field has a type that the API server cannot send.
 */
export function mutate(review: Review, context: Context): Decision {
  const { configuration } = context;
  const workload = reviewedWorkload(review, configuration);
  if (workload === undefined || !isPod(workload) || review.operation !== "CREATE")
    return untouched(review, "inject", { kind: "untouched", reason: "not the creation of a pod" });
  const exempt = exemption(review, configuration);
  if (exempt !== undefined) return untouched(review, "inject", { kind: "exempt", exemption: exempt });
  const pods = readSubjects(review.object, workload);
  const request = readAllHooks(context, pods);
  const [assessed] = assess({ pods, stage: "before-validation" }, request);
  if (assessed === undefined) return untouched(review, "inject", { kind: "untouched", reason: "no pod" });
  const { subject, settings } = assessed.pod;
  const { namespace } = context;
  const asked = { subject, settings, configuration, namespace, madeByNode: madeByNode(review.user) };
  const injection = guardedInjection(asked, request);
  const refused = refusedSleepNotes(assessed);
  const notes =
    injection.kind === "added" ? joined(additionNotes(injection, assessed.pod, context), refused) : refused;
  return decisionFor(review, subject, injection, notes);
}

/** The notes on a decision, for the author of the pod, for the audit log and for gracekeeper's log. */
interface Notes {
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly findings: readonly string[];
  readonly ignored: readonly string[];
}

const NO_NOTES: Notes = { warnings: [], auditAnnotations: {}, findings: [], ignored: [] };

function joined(one: Notes, other: Notes): Notes {
  return {
    warnings: [...one.warnings, ...other.warnings],
    auditAnnotations: { ...one.auditAnnotations, ...other.auditAnnotations },
    findings: [...one.findings, ...other.findings],
    ignored: [...one.ignored, ...other.ignored],
  };
}

/**
 * The notes on an added sleep. The pod annotation gracekeeper.dev/ignore suppresses the warning, but not the audit
 * annotation.
 */
function additionNotes(
  addition: Addition,
  { subject, settings }: PodFacts,
  { configuration }: Context,
): Notes {
  const text = additionWarning(addition);
  const byPerson = subject.controller === undefined;
  const action = actionOf(sleepAdded, byPerson ? "Warn" : undefined, configuration);
  if (action === "Off") return NO_NOTES;
  const ignored = settings.ignored.has(sleepAdded.id);
  return {
    warnings: action === "Warn" && !ignored ? [text] : [],
    auditAnnotations: { [sleepAdded.id]: text },
    findings: ignored ? [] : [sleepAdded.id],
    ignored: ignored ? [sleepAdded.id] : [],
  };
}

/**
 * The notes on a sleep action that the API server will refuse. The API server refuses the pod before it calls the
 * validating webhook.
 */
function refusedSleepNotes({ pod, findings, ignored }: PodAssessment): Notes {
  const loud = findings.filter(({ action }) => action === "Warn" || action === "Deny");
  const texts = warnings(findings, pod);
  return {
    warnings: pod.subject.controller === undefined ? warnings(loud, pod) : [],
    auditAnnotations: texts.length === 0 ? {} : { findings: texts.join(" | ") },
    findings: idsOf(findings),
    ignored: idsOf(ignored),
  };
}

/** The maximum length of the reason why a pod is skipped. A reason with a single name in it always fits. */
const LONGEST_REASON = 200;

function decisionFor(review: Review, subject: PodOrTemplate, injection: Injection, notes: Notes): Decision {
  const about = {
    name: requestedName(review),
    owner: ownerOf(subject),
    findings: notes.findings,
    ignored: notes.ignored,
  };
  const ignored = notes.ignored.length === 0 ? {} : { ignored: notes.ignored.join(",") };
  const auditAnnotations = { ...notes.auditAnnotations, ...ignored };
  if (injection.kind === "added") {
    const verdict = {
      kind: "patched",
      patch: injection.patch,
      warnings: notes.warnings,
      auditAnnotations,
    } as const;
    return decision(review, "inject", verdict, { ...about, action: "patched" });
  }
  const reason = printable(`${injection.reason}: ${skipText(injection)}`, LONGEST_REASON);
  return decision(
    review,
    "inject",
    { kind: "allowed", warnings: notes.warnings, auditAnnotations: { skipped: reason, ...auditAnnotations } },
    { ...about, action: "untouched", reason, skipped: injection.reason },
  );
}
