import type { Handler } from "../hook/handler.ts";
import { type Container, graceOf } from "../termination/pod.ts";
import type { Configuration } from "./configuration.ts";
import { type Injected, injectedAnnotation, recordedInjection } from "./injected-annotation.ts";
import { type AddOperation, injectionPatch } from "./injection-patch.ts";
import { INJECT_LABEL, INJECTED, MIRROR_POD } from "./keys.ts";
import { isJudged } from "./not-judged.ts";
import { withoutSleepAction } from "./sleep-action.ts";
import type { Subject } from "./subject.ts";
import type { Limit, Values } from "./values.ts";

/** What is done to a pod: a sleep is added, or it is left alone and we say why. */
export type Injection = Addition | Skip;

export interface Addition {
  readonly kind: "added";
  readonly patch: readonly AddOperation[];
  /** Containers that get a hook now; on a second pass others have theirs from the first. */
  readonly containers: readonly string[];
  readonly handler: Handler;
  readonly injected: Injected;
}

export interface Skip {
  readonly kind: "skipped";
  readonly reason: SkipReason;
  /** The reason in words, for the audit annotation, explain and the log. */
  readonly because: string;
}

/** A closed set: metrics count by it. */
export type SkipReason =
  | "mirror-pod"
  | "opted-out"
  | "runs-to-completion"
  | "owner"
  | "grace-too-short"
  | "sleep-action"
  | "bad-annotation"
  | "has-hook"
  | "not-ours"
  | "no-ports"
  | "over-limit"
  | "unsafe-number"
  | "annotations-full";

/** Who asks, as far as it matters: the API copy of a static pod is made by its node. */
export interface InjectionRequest {
  readonly subject: Subject;
  readonly values: Values;
  readonly configuration: Configuration;
  readonly madeByNode: boolean;
}

/** Below this the owner of the pod asked for an end without ceremony. */
const SHORTEST_GRACE_SECONDS = 2;

/** Strategy Fit leaves an app that asks for nothing this much, in seconds. */
const FIT_SHUTDOWN_SECONDS = 10;

/**
 * What to add to a pod so that it stops well: a preStop sleep of N seconds in each main container without a hook, and a
 * grace that holds it. With the grace G and the shutdown time S that pod or namespace asks for:
 *
 * | strategy | grace                  | the app                                      |
 * |----------|------------------------|----------------------------------------------|
 * | Extend   | max(G + N, N + S)      | keeps all the time it had after the stop signal |
 * | Fit      | max(G, N + max(S, 10)) | has what it asks for, or 10 s                |
 *
 * Above the limit the grace is the limit if that leaves the app max(S, G) after N; else the pod is left alone.
 * Never lowers or replaces what is there. Idempotent.
 */
export function injection(request: InjectionRequest): Injection {
  const { subject, configuration } = request;
  const skip = leftAlone(request) ?? actionSkip(configuration);
  if (skip !== undefined) return skip;
  const containers = subject.spec.containers.filter((container) => wantsHook(container, configuration));
  if (containers.length === 0) return nothingToAdd(subject, configuration);
  const injected = planned(request, containers);
  if ("reason" in injected) return injected;
  const record = injectedAnnotation(injected);
  if (annotationBytes(subject, record) > MOST_ANNOTATION_BYTES) {
    return skipped(
      "annotations-full",
      "the pod's annotations leave no room for the one that says what was added",
    );
  }
  const { sleepSeconds } = injected;
  const exec = configuration.sleepAction === "Exec";
  const preStop = exec
    ? { exec: { command: ["sleep", `${sleepSeconds}`] } }
    : { sleep: { seconds: sleepSeconds } };
  return {
    kind: "added",
    patch: injectionPatch(subject, containers, preStop, injected.graceAfter, record),
    containers: containers.map(({ name }) => name),
    handler: exec
      ? { kind: "exec", command: ["sleep", `${sleepSeconds}`] }
      : { kind: "sleep", seconds: sleepSeconds },
    injected,
  };
}

/** apimachinery pkg/api/validation/objectmeta.go `TotalAnnotationSizeLimitB` (1.36): keys and values, in bytes. */
const MOST_ANNOTATION_BYTES = 256 * 1024;

/** Keys and values of the pod's annotations once our record is among them, in UTF-8 bytes. */
function annotationBytes({ annotations }: Subject, record: string): number {
  const encoder = new TextEncoder();
  return [...new Map(annotations).set(INJECTED, record)].reduce(
    (sum, [key, value]) => sum + encoder.encode(key).length + encoder.encode(value).length,
    0,
  );
}

/** Reasons that lie in the pod, the cheapest first. */
function leftAlone({ subject, values, configuration, madeByNode }: InjectionRequest): Skip | undefined {
  const { spec, annotations, labels, controller } = subject;
  if (madeByNode && annotations.has(MIRROR_POD))
    return skipped("mirror-pod", "a static pod is changed on its node, not here");
  if (labels.get(INJECT_LABEL) === "disabled")
    return skipped("opted-out", `pod label ${INJECT_LABEL}: disabled`);
  const owner = controller?.kind ?? "";
  if (owner === "Job" || configuration.inject.skipOwners.includes(owner))
    return skipped("owner", `pods of a ${owner} are left alone`);
  if (spec.restartPolicy === "Never" || spec.restartPolicy === "OnFailure")
    return skipped("runs-to-completion", `restartPolicy ${spec.restartPolicy}: the pod ends by itself`);
  const unreadable = values.unreadable.find(({ harmless }) => !harmless);
  if (unreadable !== undefined)
    return skipped("bad-annotation", `annotation ${unreadable.key} cannot be read`);
  if (graceOf(spec) < SHORTEST_GRACE_SECONDS)
    return skipped("grace-too-short", `grace ${spec.graceSeconds}: the pod asks to be killed at once`);
  return undefined;
}

function actionSkip(configuration: Configuration): Skip | undefined {
  const because = withoutSleepAction(configuration);
  return because === undefined ? undefined : skipped("sleep-action", because);
}

function wantsHook(container: Container, configuration: Configuration): boolean {
  return (
    isHookless(container, configuration) && (configuration.inject.containers === "All" || container.hasPorts)
  );
}

function isHookless(container: Container, configuration: Configuration): boolean {
  return container.preStop === undefined && isJudged(container, configuration);
}

function nothingToAdd({ spec }: Subject, configuration: Configuration): Skip {
  const without = spec.containers.filter(({ preStop }) => preStop === undefined);
  if (without.length === 0) return skipped("has-hook", "every container has a preStop hook");
  if (without.some((container) => isHookless(container, configuration)))
    return skipped(
      "no-ports",
      "no container without a preStop hook names a port, and the configuration asks for one",
    );
  const names = without.map(({ name }) => name).join(", ");
  return skipped("not-ours", `only ${names} is without a preStop hook, and it is not the pod author's`);
}

/** The numbers, or why there are none. */
function planned(
  { subject, values, configuration }: InjectionRequest,
  containers: readonly Container[],
): Injected | Skip {
  const earlier = recordedInjection(subject);
  const current = graceOf(subject.spec);
  const sleepSeconds = earlier?.sleepSeconds ?? values.prestopSleepSeconds;
  const graceBefore = earlier?.graceBefore ?? current;
  const asked = values.shutdownAskedBy === undefined ? 0 : values.shutdownSeconds;
  const wanted =
    configuration.strategy === "Extend"
      ? sleepSeconds + Math.max(graceBefore, asked)
      : Math.max(graceBefore, sleepSeconds + Math.max(asked, FIT_SHUTDOWN_SECONDS));
  const graceAfter = Math.max(
    underLimit(wanted, values.limit, sleepSeconds + Math.max(asked, graceBefore)) ?? Number.NaN,
    earlier === undefined ? 0 : current,
  );
  if (![current, graceBefore, wanted].every(Number.isSafeInteger))
    return skipped("unsafe-number", "the grace period is too large a number to add to");
  if (Number.isNaN(graceAfter)) {
    const because = `a sleep of ${sleepSeconds}s needs a grace of ${wanted}s, above the limit of ${values.limit?.seconds}s`;
    return skipped("over-limit", because);
  }
  const names = containers.map(({ name }) => name);
  return { sleepSeconds, containers: [...(earlier?.containers ?? []), ...names], graceBefore, graceAfter };
}

/** The grace that is wanted, or the limit where that is lower and still leaves the app all it had; else undefined. */
function underLimit(wanted: number, limit: Limit | undefined, least: number): number | undefined {
  if (limit === undefined || wanted <= limit.seconds) return wanted;
  return limit.seconds >= least ? limit.seconds : undefined;
}

function skipped(reason: SkipReason, because: string): Skip {
  return { kind: "skipped", reason, because };
}
