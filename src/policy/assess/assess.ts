import { fullEffort } from "../../hook/budget.ts";
import type { Handler } from "../../hook/handler.ts";
import type { HookReading } from "../../hook/reading.ts";
import { type Finding, weaker } from "../model/finding.ts";
import { graceZero } from "../rules/grace-zero.ts";
import { type Judgement, judge, type Stage } from "./evaluate.ts";
import { type JudgedPod, judgedPod } from "./build-facts.ts";
import { keyPath } from "../messages/quote.ts";
import type { Subject } from "../model/pod.ts";
import type { Context } from "../../admission/decision.ts";
import { expectedPods } from "./expected-pods.ts";
import type { PlacedSubject } from "../../admission/pods/read-pod.ts";

/** A pod, or what a template's pods will be, and what is thought of it. */
export interface Judged extends Judgement {
  readonly pod: JudgedPod;
  readonly identity: string;
  /** What the template's pods may be as well. */
  readonly otherwise: Subject | undefined;
}

/**
 * Judges the pod or the templates of one object.
 *
 * All hooks of an object share what reading may cost: two hundred templates take no longer than one pod.
 */
export function judgeAll(
  subjects: readonly PlacedSubject[],
  context: Context,
  stage: Stage,
): readonly Judged[] {
  const frugally = frugal(context);
  return subjects.flatMap((subject) => {
    const { identity } = subject;
    const { subject: expected, settled, otherwise } = expectedPods(subject, context);
    const judged = judgedAs(expected, frugally, settled, stage);
    return [
      ofPods({ ...judged, identity, otherwise }),
      ...negativeGrace(subject, frugally, stage).map((one) => ({ ...one, identity, otherwise: undefined })),
    ];
  });
}

/**
 * The same, but a finding denies only what it will deny for sure: where the pods may still get a sleep, and a longer
 * grace with it, a finding that does not hold both ways is a warning.
 */
export function ofWhatIsSure(judged: readonly Judged[], context: Context): readonly Judged[] {
  const frugally = frugal(context);
  return judged.map((one) => {
    const { otherwise, pod, findings } = one;
    if (otherwise === undefined || findings.every(({ action }) => action !== "Deny")) return one;
    const other = { ...one, ...judgedAs(otherwise, frugally, pod.settled, "after-validation") };
    const denied = new Set(other.findings.filter(({ action }) => action === "Deny").map(keyIn(other)));
    const key = keyIn(one);
    const isSure = (found: Finding): boolean => found.action !== "Deny" || denied.has(key(found));
    return {
      ...one,
      findings: findings.map((found) => (isSure(found) ? found : { ...found, action: "Warn" })),
    };
  });
}

type PodJudgement = Judgement & { readonly pod: JudgedPod };

function judgedAs(subject: Subject, context: Context, settled: boolean, stage: Stage): PodJudgement {
  const pod = judgedPod(subject, context, settled);
  return { pod, ...judge(pod, context.configuration, stage) };
}

/** What stands on the workload itself never reaches its pods, so they are not denied for it. */
function ofPods(judged: Judged): Judged {
  const { misplaced } = judged.pod.subject;
  if (misplaced.length === 0) return judged;
  const elsewhere = new Set(misplaced.map(({ path, key }) => keyPath(path, key)));
  const findings = judged.findings.map((one) =>
    elsewhere.has(one.path) ? { ...one, action: weaker(one.action, "Warn") } : one,
  );
  return { ...judged, findings };
}

/** A template keeps a negative grace, which means 1 to its pods: they are not denied for it, but nobody wants it. */
function negativeGrace(subject: PlacedSubject, context: Context, stage: Stage): readonly PodJudgement[] {
  if (subject.role === "pod" || (subject.spec.graceSeconds ?? 0) >= 0) return [];
  const { pod, findings } = judgedAs(subject, context, true, stage);
  const own = findings
    .filter(({ id }) => id === graceZero.id)
    .map((one) => ({ ...one, action: weaker(one.action, "Warn") }));
  return own.length === 0 ? [] : [{ pod, findings: own, ignored: [] }];
}

/**
 * Names a finding: its id and its container, or the field where the pod as a whole is at fault, in a template that is
 * known by its identity. The same before and after an update that moves things about.
 */
export function keyIn({ pod, identity }: Judged): (finding: Finding) => string {
  const template = pod.subject.specPath.slice(0, -"spec".length);
  const within = (path: string): string => (path.startsWith(template) ? path.slice(template.length) : path);
  return ({ id, container, path }) =>
    `${id}\n${identity}\n${container === undefined ? within(path) : container.container.name}`;
}

/** The same context, whose reader gives all pods together what it would give to one, and repeats no variable. */
function frugal(context: Context): Context {
  const effort = fullEffort();
  return {
    ...context,
    readHook: (handler, env) => discreet(context.readHook(handler, env, effort), handler),
  };
}

/** What a variable holds may be a secret: of what a command is given only that is quoted which stands in the hook. */
function discreet(reading: HookReading, handler: Handler): HookReading {
  const { cannotRun } = reading;
  if (cannotRun === undefined || handler.kind !== "exec") return reading;
  const hook = handler.command.join(" ");
  const because = cannotRun.because.replace(/"([^"]*)"/g, (quoted, text: string) =>
    hook.includes(text) ? quoted : "a value that it is given",
  );
  return { ...reading, cannotRun: { ...cannotRun, because } };
}
