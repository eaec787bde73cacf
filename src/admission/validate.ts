import type { Action, Finding } from "../policy/finding.ts";
import { judge } from "../policy/judge.ts";
import { type JudgedPod, judgedPod } from "../policy/judged-pod.ts";
import { HOOK_SECONDS, MIRROR_POD, PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS } from "../policy/keys.ts";
import { denial, warnings } from "../policy/messages.ts";
import { printable } from "../policy/quote.ts";
import type { Subject } from "../policy/subject.ts";
import { type Context, type Decision, decision, type Mode, type Outcome } from "./decision.ts";
import { readSubject } from "./read-pod.ts";
import { madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Cause, Verdict } from "./response.ts";
import type { Review } from "./review.ts";
import { workloadOf } from "./workloads.ts";

/**
 * Judges the pod or the pod template that the review brings.
 *
 * | what came                                                     | answer                                       |
 * |---------------------------------------------------------------|----------------------------------------------|
 * | a subresource, a kind without pods, DELETE, CONNECT           | allowed, untouched                           |
 * | UPDATE of a pod; of a workload where nothing we judge changed | allowed, untouched                           |
 * | a mirror pod                                                  | allowed, untouched                           |
 * | findings, enforce, a pod                                      | denied by those that deny, else as warn      |
 * | findings, enforce, a template                                 | allowed, `pods will be rejected: ...`        |
 * | findings, warn                                                | allowed with warnings                        |
 * | findings, audit, or an object that a controller made          | allowed with an audit annotation             |
 *
 * @throws BadRequest where the object has a type that the API server cannot send.
 */
export function validate(review: Review, mode: Mode, context: Context): Decision {
  const workload = review.subResource === "" ? workloadOf(review.kind.group, review.kind.kind) : undefined;
  if (workload === undefined) return untouched(review, mode, "no pod of its own");
  if (review.operation !== "CREATE" && review.operation !== "UPDATE")
    return untouched(review, mode, "nothing starts");
  if (workload.kind === "Pod" && review.operation === "UPDATE")
    return untouched(review, mode, "pods are judged when created");
  const subject = readSubject(review.object, workload);
  if (subject === undefined) return untouched(review, mode, "no pod template");
  if (madeByNode(review.user) && subject.annotations.has(MIRROR_POD))
    return untouched(review, mode, "mirror pod");
  const old = review.operation === "UPDATE" ? readSubject(review.oldObject ?? {}, workload) : undefined;
  if (old !== undefined && judgedParts(old) === judgedParts(subject)) {
    return untouched(review, mode, "nothing that is judged changed");
  }
  return answer(review, mode, subject, context);
}

function answer(review: Review, mode: Mode, subject: Subject, context: Context): Decision {
  const pod = judgedPod(subject, context.configuration, context.readHook);
  const found = judge(pod).map((finding) => ({
    finding,
    action: weakest(finding.action, atMost(mode, subject)),
  }));
  const withAction = (action: Action) =>
    found.filter((one) => one.action === action).map(({ finding }) => finding);
  const outcome = {
    name: requestedName(review),
    owner: ownerOf(subject),
    findings: [...new Set(found.map(({ finding }) => finding.id))],
  };
  const auditAnnotations = auditOf(
    found.map(({ finding }) => finding),
    pod,
  );
  const denied = withAction("Deny");
  const warned = withAction("Warn");
  if (denied.length > 0 && subject.role === "pod") {
    const verdict = deniedVerdict(denied, pod, auditAnnotations);
    return decision(review, mode, verdict, { ...outcome, action: "denied", reason: "" });
  }
  const rejected = warnings(denied, pod).map((text) => `${POD_REJECTION}${text}`);
  const said = [...rejected, ...warnings(warned, pod)];
  const verdict: Verdict = { kind: "allowed", warnings: said, auditAnnotations };
  const action: Outcome["action"] = said.length > 0 ? "warned" : found.length > 0 ? "audited" : "allowed";
  return decision(review, mode, verdict, { ...outcome, action, reason: "" });
}

/** What a template's warning begins with where its pods would be denied. */
const POD_REJECTION = "pods will be rejected: ";

/** A client reads the first ones; the message counts the rest. */
const MOST_CAUSES = 20;

function deniedVerdict(
  denied: readonly Finding[],
  pod: JudgedPod,
  auditAnnotations: Verdict["auditAnnotations"],
): Verdict {
  const causes = denied.slice(0, MOST_CAUSES).map((finding): Cause => {
    return { reason: "FieldValueInvalid", message: denial([finding], pod), field: finding.path };
  });
  return { kind: "denied", message: denial(denied, pod), causes, warnings: [], auditAnnotations };
}

const STRENGTH: Readonly<Record<Action, number>> = { Off: 0, Audit: 1, Warn: 2, Deny: 3 };

function weakest(one: Action, other: Action): Action {
  return STRENGTH[one] < STRENGTH[other] ? one : other;
}

/** What the mode allows a finding to do. Nobody reads a warning that goes to a controller. */
function atMost(mode: Mode, subject: Subject): Action {
  if (subject.role === "template" && subject.controller !== undefined) return "Audit";
  const actions = { enforce: "Deny", warn: "Warn", audit: "Audit" } as const;
  return actions[mode];
}

/** Everything that judging reads, in one text: equal texts are judged equal. */
function judgedParts({ spec, annotations }: Subject): string {
  const ours = [HOOK_SECONDS, SHUTDOWN_SECONDS, PRESTOP_SLEEP_SECONDS].map((key) => annotations.get(key));
  const containers = [...spec.containers, ...spec.initContainers].map((container) => ({
    ...container,
    env: [...container.env],
  }));
  return JSON.stringify([spec.graceSeconds, spec.restartPolicy, containers, ours]);
}

function auditOf(findings: readonly Finding[], pod: JudgedPod): Verdict["auditAnnotations"] {
  if (findings.length === 0) return {};
  return { findings: warnings(findings, pod).join(" | ") };
}

function untouched(review: Review, mode: Mode, reason: string): Decision {
  const verdict: Verdict = { kind: "allowed", warnings: [], auditAnnotations: {} };
  return decision(review, mode, verdict, {
    name: printable(requestedName(review)),
    owner: "",
    findings: [],
    action: "untouched",
    reason,
  });
}
