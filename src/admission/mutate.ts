import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { actionOf } from "../policy/assess/evaluate.ts";
import type { Addition, Injection } from "../policy/injection/decide.ts";
import { guardedInjection } from "../policy/injection/guard.ts";
import { additionWarning, warnings } from "../policy/messages/messages.ts";
import { printable } from "../policy/messages/quote.ts";
import type { Context } from "../policy/model/context.ts";
import type { PodOrTemplate } from "../policy/model/pod.ts";
import { sleepAdded } from "../policy/rules/sleep-added.ts";
import type { Settings } from "../policy/settings/resolve.ts";
import { type Decision, decision } from "./decision.ts";
import { exemption } from "./exempt.ts";
import { readSubjects } from "./pods/read-pod.ts";
import { isPod, workloadOf } from "./pods/workloads.ts";
import { madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Review } from "./review.ts";

/**
 * Adds a preStop sleep to the pod that the review brings, with the grace period raised to match.
 *
 * | what came                                  | answer                                                          |
 * |--------------------------------------------|-----------------------------------------------------------------|
 * | anything but the CREATE of a pod           | allowed, untouched                                              |
 * | a user or namespace that is exempt         | allowed, untouched, an audit annotation                         |
 * | a pod that is left alone                   | allowed, the reason in the audit annotation `skipped`           |
 * | a pod that gets a sleep                    | patched; a warning where a person created it, the audit annotation `sleep-added` |
 * | a sleep of the pod's own that this cluster will refuse | that too, as a warning or in the audit annotation `findings`: the API server does not say why |
 *
 * Nobody reads a warning that goes to a controller: of its pods all is in the audit annotations and the log. Never denies.
 *
 * @throws BadRequest where the object has a type that the API server cannot send.
 */
export function mutate(review: Review, context: Context): Decision {
  const { configuration } = context;
  const workload =
    review.subResource === "" ? workloadOf(review.kind.group, review.kind.kind, configuration) : undefined;
  if (workload === undefined || !isPod(workload) || review.operation !== "CREATE")
    return untouched(review, "not the creation of a pod");
  const exempt = exemption(review, configuration);
  if (exempt !== undefined) return untouched(review, exempt, { exempt });
  const [subject] = readSubjects(review.object, workload);
  if (subject === undefined) return untouched(review, "no pod");
  const request = readAllHooks(context, [subject]);
  const [assessed] = assess({ pods: [subject], stage: "before-validation" }, request);
  if (assessed === undefined) return untouched(review, "no pod");
  const { settings } = assessed.pod;
  const asked = { subject, settings, configuration, madeByNode: madeByNode(review.user) };
  const result = guardedInjection(asked, request);
  const refused = refusedSleep(assessed);
  const added = result.kind === "added" ? said(result, subject, settings, context) : NOTHING_SAID;
  return answer(review, subject, result, together(added, refused));
}

/** What goes to the pod's maker, to the audit log and to our log. */
interface Said {
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly findings: readonly string[];
  readonly ignored: readonly string[];
}

const NOTHING_SAID: Said = { warnings: [], auditAnnotations: {}, findings: [], ignored: [] };

function together(one: Said, other: Said): Said {
  return {
    warnings: [...one.warnings, ...other.warnings],
    auditAnnotations: { ...one.auditAnnotations, ...other.auditAnnotations },
    findings: [...one.findings, ...other.findings],
    ignored: [...one.ignored, ...other.ignored],
  };
}

/** What is said of an injection: a pod may silence the warning, never the trace. */
function said(
  result: Addition,
  subject: PodOrTemplate,
  settings: Settings,
  { configuration }: Context,
): Said {
  const text = additionWarning(result);
  const byPerson = subject.controller === undefined;
  const action = actionOf(sleepAdded, byPerson ? "Warn" : undefined, configuration);
  if (action === "Off") return NOTHING_SAID;
  const ignored = settings.ignored.has(sleepAdded.id);
  return {
    warnings: action === "Warn" && !ignored ? [text] : [],
    auditAnnotations: { [sleepAdded.id]: text },
    findings: ignored ? [] : [sleepAdded.id],
    ignored: ignored ? [sleepAdded.id] : [],
  };
}

/** What is said of a sleep that the API server will refuse: it comes before its validation, so only here. */
function refusedSleep({ pod, findings, ignored }: PodAssessment): Said {
  const loud = findings.filter(({ action }) => action === "Warn" || action === "Deny");
  const texts = warnings(findings, pod);
  return {
    warnings: pod.subject.controller === undefined ? warnings(loud, pod) : [],
    auditAnnotations: texts.length === 0 ? {} : { findings: texts.join(" | ") },
    findings: [...new Set(findings.map(({ id }) => id))],
    ignored: [...new Set(ignored.map(({ id }) => id))],
  };
}

/** Longer than any reason of ours with one name in it. */
const LONGEST_REASON = 200;

function answer(review: Review, subject: PodOrTemplate, result: Injection, said: Said): Decision {
  const about = {
    name: requestedName(review),
    owner: ownerOf(subject),
    findings: said.findings,
    ignored: said.ignored,
  };
  const ignored = said.ignored.length === 0 ? {} : { ignored: said.ignored.join(",") };
  const auditAnnotations = { ...said.auditAnnotations, ...ignored };
  if (result.kind === "added") {
    const verdict = {
      kind: "patched",
      patch: result.patch,
      warnings: said.warnings,
      auditAnnotations,
    } as const;
    return decision(review, "inject", verdict, { ...about, action: "patched" });
  }
  const reason = printable(`${result.reason}: ${result.because}`, LONGEST_REASON);
  return decision(
    review,
    "inject",
    { kind: "allowed", warnings: said.warnings, auditAnnotations: { skipped: reason, ...auditAnnotations } },
    { ...about, action: "untouched", reason, skipped: result.reason },
  );
}

function untouched(
  review: Review,
  reason: string,
  auditAnnotations: Said["auditAnnotations"] = {},
): Decision {
  const verdict = { kind: "allowed", warnings: [], auditAnnotations } as const;
  return decision(review, "inject", verdict, { name: requestedName(review), action: "untouched", reason });
}
