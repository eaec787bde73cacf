import { assess, type PodAssessment, readAllHooks } from "../policy/assess/assess.ts";
import { warnings } from "../policy/messages/messages.ts";
import { type Action, weaker } from "../policy/model/action.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import type { Context } from "../policy/model/context.ts";
import type { Finding } from "../policy/model/finding.ts";
import { MIRROR_POD } from "../policy/model/keys.ts";
import type { LocatedPod, PodOrTemplate } from "../policy/model/pod.ts";
import type { Workload } from "../policy/model/workload.ts";
import { type Decision, decision, type Mode, type Untouched, untouched } from "./decision.ts";
import { readTemplates } from "./pods/read-pod.ts";
import { relevantFields } from "./pods/relevant-fields.ts";
import { isPod, reviewedWorkload } from "./pods/workloads.ts";
import { exemption, madeByNode, ownerOf, requestedName } from "./requester.ts";
import type { Verdict } from "./response.ts";
import { auditOf, deniedVerdict, idsOf, inOneAnswer, knownOf } from "./response-text.ts";
import type { Review } from "./review.ts";

/**
 * Checks the pod or the pod templates of a review.
 *
 * | request                                                       | answer                                       |
 * |---------------------------------------------------------------|----------------------------------------------|
 * | a subresource, a kind without pods, DELETE, CONNECT           | allowed, untouched                           |
 * | a user or namespace that the configuration exempts            | allowed, untouched, an audit annotation      |
 * | UPDATE of a pod                                               | allowed, untouched                           |
 * | UPDATE of a workload without a relevant change                | allowed, untouched                           |
 * | a mirror pod; a template under `templates: Off`               | allowed, untouched                           |
 * | a custom resource without a valid template                    | allowed, untouched; the log has the reason   |
 * | a pod with findings, mode enforce                             | denied by Deny; else allowed with warnings   |
 * | a template with findings, mode enforce                        | allowed, `pods will be rejected: ...`        |
 * | the same template under `templates: Enforce`                  | denied by findings that are new              |
 * | findings, mode warn                                           | allowed with warnings                        |
 * | findings, mode audit                                          | allowed with an audit annotation             |
 * | findings in a template that a controller made                 | allowed with an audit annotation             |
 *
 * @throws BadRequest if a field has a type that the API server cannot send.
 */
export function validate(review: Review, mode: Mode, context: Context): Decision {
  const read = readPods(review, context.configuration);
  if (read.kind !== "pods") return untouched(review, mode, read);
  const ceiling = atMost(mode, read.pods);
  const denies = read.pods[0]?.role === "pod" || context.configuration.templates === "Enforce";
  const old = denies && ceiling === "Deny" ? read.old : [];
  const request = readAllHooks(context, [...read.pods, ...old]);
  const assessed = assess({ pods: read.pods, old, stage: "after-validation" }, request);
  return decisionFor({ review, mode, read, assessed, ceiling, denies });
}

/** The pods that were read from a review, or the reason why nothing is checked. */
type Read = Untouched | PodsRead;

interface PodsRead {
  readonly kind: "pods";
  readonly pods: readonly LocatedPod[];
  /** The templates before an update; empty for a CREATE. */
  readonly old: readonly LocatedPod[];
  /** Why a template of a custom resource was not read; undefined if every template was read. */
  readonly unread: string | undefined;
}

function readPods(review: Review, configuration: Configuration): Read {
  const { operation } = review;
  const workload = reviewedWorkload(review, configuration);
  if (workload === undefined) return { kind: "untouched", reason: "no pod of its own" };
  if (operation !== "CREATE" && operation !== "UPDATE")
    return { kind: "untouched", reason: "nothing starts" };
  const pod = isPod(workload);
  if (pod && operation === "UPDATE")
    return { kind: "untouched", reason: "pods are checked when they are created" };
  const exempt = exemption(review, configuration);
  if (exempt !== undefined) return { kind: "exempt", exemption: exempt };
  if (!pod && configuration.templates === "Off") return { kind: "untouched", reason: "templates: Off" };
  return readTemplatesOf(review, workload);
}

function readTemplatesOf(review: Review, workload: Workload): Read {
  const { subjects: pods, unread } = readTemplates(review.object, workload);
  if (pods.length === 0) return { kind: "untouched", reason: withCause("no pod template", unread) };
  if (madeByNode(review.user) && pods.some(({ annotations }) => annotations.has(MIRROR_POD)))
    return { kind: "untouched", reason: "mirror pod" };
  if (review.operation !== "UPDATE") return { kind: "pods", pods, old: [], unread };
  const old = readTemplates(review.oldObject, workload).subjects;
  return relevantFields(old) === relevantFields(pods)
    ? { kind: "untouched", reason: "no relevant field changed" }
    : { kind: "pods", pods, old, unread };
}

interface Assessed {
  readonly review: Review;
  readonly mode: Mode;
  readonly read: PodsRead;
  readonly assessed: readonly PodAssessment[];
  readonly ceiling: Action;
  /** Whether the object itself can be denied: a pod always, a workload only under `templates: Enforce`. */
  readonly denies: boolean;
}

function decisionFor({ review, mode, read, assessed, ceiling, denies }: Assessed): Decision {
  const { pods, unread } = read;
  const rejected = withAction(assessed, "Deny", ceiling);
  const denied = denies ? onlyIntroduced(rejected) : [];
  const auditAnnotations = auditOf(assessed);
  const outcome = {
    name: requestedName(review),
    owner: pods[0] === undefined ? "" : ownerOf(pods[0]),
    findings: idsOf(assessed.flatMap(({ findings }) => findings)),
    wouldDeny: idsOf(assessed.flatMap(({ findings }) => findings.filter(({ action }) => action === "Deny"))),
    ignored: idsOf(assessed.flatMap(({ ignored }) => ignored)),
    known: knownOf(assessed),
    declared: auditAnnotations["hook-seconds"] ?? "",
    ...(unread !== undefined && { reason: withCause("a template was not read", unread) }),
  };
  if (denied.length > 0) {
    const verdict = deniedVerdict(denied, auditAnnotations);
    return decision(review, mode, verdict, { ...outcome, action: "denied" });
  }
  const texts = inOneAnswer([
    ...warningsOf(rejected).map((text) => `${POD_REJECTION}${text}`),
    ...warningsOf(withAction(assessed, "Warn", ceiling)),
  ]);
  const verdict: Verdict = { kind: "allowed", warnings: texts, auditAnnotations };
  const quiet = outcome.findings.length > 0 ? "audited" : "allowed";
  return decision(review, mode, verdict, { ...outcome, action: texts.length > 0 ? "warned" : quiet });
}

/** The prefix of a warning about a template whose pods would be denied. */
const POD_REJECTION = "pods will be rejected: ";

function warningsOf(assessed: readonly PodAssessment[]): readonly string[] {
  return assessed.flatMap(({ findings, pod }) => warnings(findings, pod));
}

/**
 * Keeps the findings whose effective action is `action`. The effective action is the action of the finding, or
 * `ceiling` if that is weaker.
 */
function withAction(
  assessed: readonly PodAssessment[],
  action: Action,
  ceiling: Action,
): readonly PodAssessment[] {
  return keepFindings(assessed, (found) => weaker(found.action, ceiling) === action);
}

/** Keeps only findings that are new, because an update is never denied for a finding of the old object. */
function onlyIntroduced(rejected: readonly PodAssessment[]): readonly PodAssessment[] {
  return keepFindings(rejected, (found, { introduced }) => introduced.has(found));
}

/** Keeps the findings that `isWanted` selects. Pods and templates without a selected finding are left out. */
function keepFindings(
  assessed: readonly PodAssessment[],
  isWanted: (found: Finding, of: PodAssessment) => boolean,
): readonly PodAssessment[] {
  return assessed.flatMap((one) => {
    const findings = one.findings.filter((found) => isWanted(found, one));
    return findings.length === 0 ? [] : { ...one, findings };
  });
}

/**
 * The strongest action that the mode allows. A template that a controller made gets at most Audit, because no person
 * sees the warnings that a controller gets.
 */
export function atMost(mode: Mode, [subject]: readonly PodOrTemplate[]): Action {
  if (subject?.role === "template" && subject.controller !== undefined) return "Audit";
  const actions = { enforce: "Deny", warn: "Warn", audit: "Audit" } as const;
  return actions[mode];
}

function withCause(what: string, cause: string | undefined): string {
  return cause === undefined ? what : `${what}: ${cause}`;
}
