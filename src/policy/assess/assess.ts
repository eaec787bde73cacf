import { keyPath } from "../messages/quote.ts";
import { weaker } from "../model/action.ts";
import type { Finding } from "../model/finding.ts";
import type { LocatedPod, PodOrTemplate } from "../model/pod.ts";
import type { Context, PodFacts } from "../model/pod-facts.ts";
import { graceZero } from "../rules/grace-zero.ts";
import { buildFacts, hooksOf } from "./build-facts.ts";
import { type Evaluation, evaluate, type Stage } from "./evaluate.ts";
import { expectedPods } from "./expected-pods.ts";

/** A pod, or what a template's pods will be, and what is thought of it. */
export interface PodAssessment extends Evaluation {
  readonly pod: PodFacts;
  readonly identity: string;
  /** What the template's pods may be as well. */
  readonly otherwise: PodOrTemplate | undefined;
}

/**
 * Judges the pod or the templates of one object.
 *
 * All hooks of an object share what reading may cost: two hundred templates take no longer than one pod.
 */
export function assessAll(
  subjects: readonly LocatedPod[],
  context: Context,
  stage: Stage,
): readonly PodAssessment[] {
  const bound = withReadings(context, subjects);
  return subjects.flatMap((subject) => {
    const { identity } = subject;
    const { subject: expected, settled, otherwise } = expectedPods(subject, bound);
    const judged = assessAs(expected, bound, settled, stage);
    return [
      ofPods({ ...judged, identity, otherwise }),
      ...negativeGrace(subject, bound, stage).map((one) => ({ ...one, identity, otherwise: undefined })),
    ];
  });
}

/**
 * The same, but a finding denies only what it will deny for sure: where the pods may still get a sleep, and a longer
 * grace with it, a finding that does not hold both ways is a warning.
 */
export function denyOnlyWhatIsSure(
  judged: readonly PodAssessment[],
  context: Context,
): readonly PodAssessment[] {
  const bound = withReadings(
    context,
    judged.flatMap(({ otherwise }) => otherwise ?? []),
  );
  return judged.map((one) => {
    const { otherwise, pod, findings } = one;
    if (otherwise === undefined || findings.every(({ action }) => action !== "Deny")) return one;
    const other = { ...one, ...assessAs(otherwise, bound, pod.settled, "after-validation") };
    const denied = new Set(other.findings.filter(({ action }) => action === "Deny").map(keyIn(other)));
    const key = keyIn(one);
    const isSure = (found: Finding): boolean => found.action !== "Deny" || denied.has(key(found));
    return {
      ...one,
      findings: findings.map((found) => (isSure(found) ? found : { ...found, action: "Warn" })),
    };
  });
}

type PodEvaluation = Evaluation & { readonly pod: PodFacts };

function assessAs(subject: PodOrTemplate, context: Context, settled: boolean, stage: Stage): PodEvaluation {
  const pod = buildFacts(subject, context, settled);
  return { pod, ...evaluate(pod, context.configuration, stage) };
}

/** What stands on the workload itself never reaches its pods, so they are not denied for it. */
function ofPods(judged: PodAssessment): PodAssessment {
  const { misplaced } = judged.pod.subject;
  if (misplaced.length === 0) return judged;
  const elsewhere = new Set(misplaced.map(({ path, key }) => keyPath(path, key)));
  const findings = judged.findings.map((one) =>
    elsewhere.has(one.path) ? { ...one, action: weaker(one.action, "Warn") } : one,
  );
  return { ...judged, findings };
}

/** A template keeps a negative grace, which means 1 to its pods: they are not denied for it, but nobody wants it. */
function negativeGrace(subject: LocatedPod, context: Context, stage: Stage): readonly PodEvaluation[] {
  if (subject.role === "pod" || (subject.spec.graceSeconds ?? 0) >= 0) return [];
  const { pod, findings } = assessAs(subject, context, true, stage);
  const own = findings
    .filter(({ id }) => id === graceZero.id)
    .map((one) => ({ ...one, action: weaker(one.action, "Warn") }));
  return own.length === 0 ? [] : [{ pod, findings: own, ignored: [] }];
}

/**
 * Names a finding: its id and its container, or the field where the pod as a whole is at fault, in a template that is
 * known by its identity. The same before and after an update that moves things about.
 */
export function keyIn({ pod, identity }: PodAssessment): (finding: Finding) => string {
  const template = pod.subject.specPath.slice(0, -"spec".length);
  const within = (path: string): string => (path.startsWith(template) ? path.slice(template.length) : path);
  return ({ id, container, path }) =>
    `${id}\n${identity}\n${container === undefined ? within(path) : container.container.name}`;
}

/** The same context, in which the hooks of these pods are read, all under one budget. */
export function withReadings(context: Context, subjects: readonly PodOrTemplate[]): Context {
  const readings = context.readHooks(subjects.flatMap(hooksOf));
  return { ...context, readHooks: () => readings };
}
