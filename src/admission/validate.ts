import { type Action, type Finding, weaker } from "../policy/finding.ts";
import { type Judgement, judge } from "../policy/judge.ts";
import { type JudgedPod, judgedPod } from "../policy/judged-pod.ts";
import { HOOK_SECONDS, MIRROR_POD } from "../policy/keys.ts";
import { denial, warnings } from "../policy/messages.ts";
import { printable } from "../policy/quote.ts";
import type { Subject } from "../policy/subject.ts";
import { type Context, type Decision, decision, type Mode, type Outcome } from "./decision.ts";
import { exemption } from "./exempt.ts";
import { expectedPod } from "./expected-pod.ts";
import { judgedParts } from "./judged-parts.ts";
import { readSubjects } from "./read-pod.ts";
import { madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Cause, Verdict } from "./response.ts";
import type { Review } from "./review.ts";
import { type Workload, workloadOf } from "./workloads.ts";

/**
 * Judges the pod or the pod templates that the review brings.
 *
 * | what came                                                     | answer                                       |
 * |---------------------------------------------------------------|----------------------------------------------|
 * | a subresource, a kind without pods, DELETE, CONNECT           | allowed, untouched                           |
 * | a user or namespace that the configuration exempts            | allowed, untouched, an audit annotation      |
 * | UPDATE of a pod; of a workload where nothing we judge changed | allowed, untouched                           |
 * | a mirror pod; a template under `templates: Off`               | allowed, untouched                           |
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
  if (workload.kind === "Pod" && review.operation === "UPDATE")
    return untouched(review, mode, "pods are judged when created");
  const exempt = exemption(review, configuration);
  if (exempt !== undefined) return untouched(review, mode, exempt, { exempt });
  if (workload.kind !== "Pod" && configuration.templates === "Off")
    return untouched(review, mode, "templates: Off");
  const subjects = readSubjects(review.object, workload);
  if (subjects.length === 0) return untouched(review, mode, "no pod template");
  if (madeByNode(review.user) && subjects.some(({ annotations }) => annotations.has(MIRROR_POD)))
    return untouched(review, mode, "mirror pod");
  const old = review.operation === "UPDATE" ? readSubjects(review.oldObject ?? {}, workload) : [];
  if (review.operation === "UPDATE" && judgedParts(old) === judgedParts(subjects))
    return untouched(review, mode, "nothing that is judged changed");
  return answer({ review, mode, context, workload, subjects, old });
}

interface Case {
  readonly review: Review;
  readonly mode: Mode;
  readonly context: Context;
  readonly workload: Workload;
  readonly subjects: readonly Subject[];
  readonly old: readonly Subject[];
}

/** One pod or template, and what is thought of it. */
interface Judged extends Judgement {
  readonly pod: JudgedPod;
}

function answer(one: Case): Decision {
  const { review, mode, context, workload, subjects, old } = one;
  const judged = subjects.map((subject) => judgedAs(subject, workload, context));
  const ceiling = atMost(mode, subjects);
  const rejected = withAction(judged, "Deny", ceiling);
  const denies = workload.kind === "Pod" || context.configuration.templates === "Enforce";
  const denied = denies && rejected.length > 0 ? without(rejected, old, workload, context) : [];
  const auditAnnotations = auditOf(judged);
  const outcome = {
    name: requestedName(review),
    owner: subjects[0] === undefined ? "" : ownerOf(subjects[0]),
    findings: idsOf(judged.flatMap(({ findings }) => findings)),
    ignored: idsOf(judged.flatMap(({ ignored }) => ignored)),
    declared: judged.map(declaredOf).find((text) => text !== "") ?? "",
  };
  if (denied.length > 0) {
    const verdict = deniedVerdict(denied, auditAnnotations);
    return decision(review, mode, verdict, { ...outcome, action: "denied" });
  }
  const said = [
    ...rejected
      .flatMap(({ findings, pod }) => warnings(findings, pod))
      .map((text) => `${POD_REJECTION}${text}`),
    ...withAction(judged, "Warn", ceiling).flatMap(({ findings, pod }) => warnings(findings, pod)),
  ];
  const verdict: Verdict = { kind: "allowed", warnings: [...new Set(said)], auditAnnotations };
  const quiet = outcome.findings.length > 0 ? "audited" : "allowed";
  return decision(review, mode, verdict, { ...outcome, action: said.length > 0 ? "warned" : quiet });
}

function judgedAs(subject: Subject, workload: Workload, context: Context): Judged {
  const expected = expectedPod(subject, workload, context);
  const pod = judgedPod(expected.subject, context, expected.settled);
  return { pod, ...judge(pod, context.configuration, "after-validation") };
}

/** Of each pod or template the findings that have this action, in the mode that holds. */
function withAction(judged: readonly Judged[], action: Action, ceiling: Action): readonly Judged[] {
  return judged
    .map((one) => ({
      ...one,
      findings: one.findings.filter((found) => weaker(found.action, ceiling) === action),
    }))
    .filter(({ findings }) => findings.length > 0);
}

/** What the old object did not have yet under the same configuration: what was there already never denies. */
function without(
  rejected: readonly Judged[],
  old: readonly Subject[],
  workload: Workload,
  context: Context,
): readonly Judged[] {
  if (old.length === 0) return rejected;
  const known = new Set(
    old
      .map((subject) => judgedAs(subject, workload, context))
      .flatMap(({ pod, findings }) => findings.map((found) => keyOf(found, pod))),
  );
  return rejected
    .map((one) => ({ ...one, findings: one.findings.filter((found) => !known.has(keyOf(found, one.pod))) }))
    .filter(({ findings }) => findings.length > 0);
}

function keyOf({ id, container, path }: Finding, { subject }: JudgedPod): string {
  return JSON.stringify([id, subject.specPath, container === undefined ? path : container.container.name]);
}

/** What a template's warning begins with where its pods would be denied. */
const POD_REJECTION = "pods will be rejected: ";

/** A client reads the first ones; the message counts the rest. */
const MOST_CAUSES = 20;

function deniedVerdict(denied: readonly Judged[], auditAnnotations: Verdict["auditAnnotations"]): Verdict {
  const causes = denied
    .flatMap(({ findings, pod }) => findings.slice(0, MOST_CAUSES).map((finding) => causeOf(finding, pod)))
    .slice(0, MOST_CAUSES);
  const message = denied.map(({ findings, pod }) => denial(findings, pod)).join(" ");
  return { kind: "denied", message, causes, warnings: [], auditAnnotations };
}

function causeOf(finding: Finding, pod: JudgedPod): Cause {
  return { reason: "FieldValueInvalid", message: denial([finding], pod), field: finding.path };
}

/** What the mode allows a finding to do. Nobody reads a warning that goes to a controller. */
function atMost(mode: Mode, [subject]: readonly Subject[]): Action {
  if (subject?.role === "template" && subject.controller !== undefined) return "Audit";
  const actions = { enforce: "Deny", warn: "Warn", audit: "Audit" } as const;
  return actions[mode];
}

function idsOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ id }) => id))];
}

/** Longer than the declarations of any pod but one that was made to be long. */
const LONGEST_DECLARED = 120;

/** What the pod declares of hooks it has: on it stands what is judged, so it is on record. */
function declaredOf({ pod: { containers, values, subject } }: Judged): string {
  const used = containers.some(
    ({ container, hook }) => hook !== undefined && values.hookSeconds.has(container.name),
  );
  return used ? printable(subject.annotations.get(HOOK_SECONDS) ?? "", LONGEST_DECLARED) : "";
}

function auditOf(judged: readonly Judged[]): Verdict["auditAnnotations"] {
  const findings = judged.flatMap(({ findings, pod }) => warnings(findings, pod));
  const ignored = idsOf(judged.flatMap((one) => one.ignored));
  const declared = judged.map(declaredOf).filter((text) => text !== "");
  return {
    ...(findings.length > 0 && { findings: findings.join(" | ") }),
    ...(ignored.length > 0 && { ignored: ignored.join(",") }),
    ...(declared.length > 0 && { "hook-seconds": declared.join(" | ") }),
  };
}

function untouched(
  review: Review,
  mode: Mode,
  reason: string,
  auditAnnotations: Verdict["auditAnnotations"] = {},
): Decision {
  const verdict: Verdict = { kind: "allowed", warnings: [], auditAnnotations };
  const outcome: Outcome = { name: printable(requestedName(review)), action: "untouched", reason };
  return decision(review, mode, verdict, outcome);
}
