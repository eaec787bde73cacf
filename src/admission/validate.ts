import { assessAll, denyOnlyWhatIsSure, keyIn, type PodAssessment } from "../policy/assess/assess.ts";
import { warnings } from "../policy/messages/messages.ts";
import { type Action, weaker } from "../policy/model/action.ts";
import type { Finding } from "../policy/model/finding.ts";
import { MIRROR_POD } from "../policy/model/keys.ts";
import type { LocatedPod, PodOrTemplate } from "../policy/model/pod.ts";
import type { Context } from "../policy/model/pod-facts.ts";
import { type Decision, decision, type Mode, type Outcome } from "./decision.ts";
import { exemption } from "./exempt.ts";
import { readTemplates } from "./pods/read-pod.ts";
import { relevantFields } from "./pods/relevant-fields.ts";
import { workloadOf } from "./pods/workloads.ts";
import { madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Verdict } from "./response.ts";
import { auditOf, declaredOf, deniedVerdict, idsOf, inOneAnswer } from "./response-text.ts";
import type { Review } from "./review.ts";

/**
 * Judges the pod or the pod templates that the review brings.
 *
 * | what came                                                     | answer                                       |
 * |---------------------------------------------------------------|----------------------------------------------|
 * | a subresource, a kind without pods, DELETE, CONNECT           | allowed, untouched                           |
 * | a user or namespace that the configuration exempts            | allowed, untouched, an audit annotation      |
 * | UPDATE of a pod; of a workload where nothing we judge changed | allowed, untouched                           |
 * | a mirror pod; a template under `templates: Off`               | allowed, untouched                           |
 * | a custom resource whose templates are none                    | allowed, untouched, with what is wrong       |
 * | findings, enforce, a pod                                      | denied by those that deny, else as warn      |
 * | findings, enforce, a template                                 | allowed, `pods will be rejected: ...`        |
 * | the same under `templates: Enforce`                           | denied by those that the old object had not  |
 * | findings, warn                                                | allowed with warnings                        |
 * | findings, audit, or a template that a controller made         | allowed with an audit annotation             |
 *
 * @throws BadRequest where the object has a type that the API server cannot send.
 */
export function validate(review: Review, mode: Mode, context: Context): Decision {
  const { configuration } = context;
  const workload =
    review.subResource === "" ? workloadOf(review.kind.group, review.kind.kind, configuration) : undefined;
  if (workload === undefined) return untouched(review, mode, "no pod of its own");
  if (review.operation !== "CREATE" && review.operation !== "UPDATE")
    return untouched(review, mode, "nothing starts");
  const isPod = workload.kind === "Pod" && !workload.custom;
  if (isPod && review.operation === "UPDATE") return untouched(review, mode, "pods are judged when created");
  const exempt = exemption(review, configuration);
  if (exempt !== undefined) return untouched(review, mode, exempt, { exempt });
  if (!isPod && configuration.templates === "Off") return untouched(review, mode, "templates: Off");
  const { subjects, unread } = readTemplates(review.object, workload);
  if (subjects.length === 0) return untouched(review, mode, because("no pod template", unread));
  if (madeByNode(review.user) && subjects.some(({ annotations }) => annotations.has(MIRROR_POD)))
    return untouched(review, mode, "mirror pod");
  const old = review.operation === "UPDATE" ? readTemplates(review.oldObject, workload).subjects : [];
  if (review.operation === "UPDATE" && relevantFields(old) === relevantFields(subjects))
    return untouched(review, mode, "nothing that is judged changed");
  return answer({ review, mode, context, subjects, old, unread });
}

interface Case {
  readonly review: Review;
  readonly mode: Mode;
  readonly context: Context;
  readonly subjects: readonly LocatedPod[];
  readonly old: readonly LocatedPod[];
  readonly unread: string | undefined;
}

function answer({ review, mode, context, subjects, old, unread }: Case): Decision {
  const judged = denyOnlyWhatIsSure(assessAll(subjects, context, "after-validation"), context);
  const ceiling = atMost(mode, subjects);
  const rejected = withAction(judged, "Deny", ceiling);
  const denies = subjects[0]?.role === "pod" || context.configuration.templates === "Enforce";
  const denied = denies && rejected.length > 0 ? without(rejected, old, context) : [];
  const auditAnnotations = auditOf(judged);
  const outcome = {
    name: requestedName(review),
    owner: subjects[0] === undefined ? "" : ownerOf(subjects[0]),
    findings: idsOf(judged.flatMap(({ findings }) => findings)),
    wouldDeny: idsOf(judged.flatMap(({ findings }) => findings.filter(({ action }) => action === "Deny"))),
    ignored: idsOf(judged.flatMap(({ ignored }) => ignored)),
    declared: judged.map(declaredOf).find((text) => text !== "") ?? "",
    ...(unread !== undefined && { reason: because("a template was not read", unread) }),
  };
  if (denied.length > 0) {
    const verdict = deniedVerdict(denied, auditAnnotations);
    return decision(review, mode, verdict, { ...outcome, action: "denied" });
  }
  const said = inOneAnswer([
    ...saidOf(rejected).map((text) => `${POD_REJECTION}${text}`),
    ...saidOf(withAction(judged, "Warn", ceiling)),
  ]);
  const verdict: Verdict = { kind: "allowed", warnings: said, auditAnnotations };
  const quiet = outcome.findings.length > 0 ? "audited" : "allowed";
  return decision(review, mode, verdict, { ...outcome, action: said.length > 0 ? "warned" : quiet });
}

/** What a template's warning begins with where its pods would be denied. */
const POD_REJECTION = "pods will be rejected: ";

function saidOf(judged: readonly PodAssessment[]): readonly string[] {
  return judged.flatMap(({ findings, pod }) => warnings(findings, pod));
}

/** Of each pod or template the findings that have this action, in the mode that holds. */
function withAction(
  judged: readonly PodAssessment[],
  action: Action,
  ceiling: Action,
): readonly PodAssessment[] {
  return only(judged, () => (found) => weaker(found.action, ceiling) === action);
}

/** What the old object did not have yet under the same configuration: what was there already never denies. */
function without(
  rejected: readonly PodAssessment[],
  old: readonly LocatedPod[],
  context: Context,
): readonly PodAssessment[] {
  const before = assessAll(old, context, "after-validation");
  const known = new Set(before.flatMap((one) => one.findings.map(keyIn(one))));
  return only(rejected, (one) => {
    const key = keyIn(one);
    return (found) => !known.has(key(found));
  });
}

/** Of each pod or template the findings that are wanted; those that have none are left out. */
function only(
  judged: readonly PodAssessment[],
  wantedOf: (one: PodAssessment) => (finding: Finding) => boolean,
): readonly PodAssessment[] {
  return judged
    .map((one) => ({ ...one, findings: one.findings.filter(wantedOf(one)) }))
    .filter(({ findings }) => findings.length > 0);
}

/** What the mode allows a finding to do. Nobody reads a warning that goes to a controller. */
function atMost(mode: Mode, [subject]: readonly PodOrTemplate[]): Action {
  if (subject?.role === "template" && subject.controller !== undefined) return "Audit";
  const actions = { enforce: "Deny", warn: "Warn", audit: "Audit" } as const;
  return actions[mode];
}

function because(what: string, unread: string | undefined): string {
  return unread === undefined ? what : `${what}: ${unread}`;
}

function untouched(
  review: Review,
  mode: Mode,
  reason: string,
  auditAnnotations: Verdict["auditAnnotations"] = {},
): Decision {
  const verdict: Verdict = { kind: "allowed", warnings: [], auditAnnotations };
  const outcome: Outcome = { name: requestedName(review), action: "untouched", reason };
  return decision(review, mode, verdict, outcome);
}
