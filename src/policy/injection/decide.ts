import type { Handler } from "../../hook/handler.ts";
import { type Container, graceOf } from "../../termination/pod.ts";
import { isJudged } from "../configuration/patterns.ts";
import type { Configuration } from "../model/configuration.ts";
import { INJECT_LABEL, MIRROR_POD, PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS } from "../model/keys.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import type { Settings } from "../settings/resolve.ts";
import { type AddOperation, annotationsFull, injectionPatch } from "./patch.ts";
import { plan } from "./plan.ts";
import { earlierInjection, type Injected, injectedAnnotation, SHORTEST_GRACE_SECONDS } from "./record.ts";
import { withoutSleepAction } from "./sleep-action.ts";

/** What is done to a pod: a sleep is added, or it is left alone and we say why. */
export type Injection = Addition | Skip;

export interface Addition {
  readonly kind: "added";
  readonly patch: readonly AddOperation[];
  /** Containers that get a hook now. If only the grace period is raised: those with a hook of an earlier call. */
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

/** A closed set, because metrics count by it. The first that applies is reported. */
export const SKIP_REASONS = [
  "mirror-pod",
  "opted-out",
  "owner",
  "runs-to-completion",
  "grace-too-short",
  "has-hook",
  "no-ports",
  "not-ours",
  "bad-annotation",
  "sleep-action",
  "unsafe-number",
  "over-limit",
  "already-added",
  "annotations-full",
  "would-be-denied",
] as const;

export type SkipReason = (typeof SKIP_REASONS)[number];

/** What injection depends on. The node itself makes the API copy of a static pod. */
export interface InjectionRequest {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly configuration: Configuration;
  readonly madeByNode: boolean;
}

/**
 * What to add to a pod so that it stops well: a preStop sleep in each main container without a hook, and a grace that
 * holds it (injection-plan.ts has the numbers). Never lowers or replaces what is there.
 *
 * Idempotent. Called again after another injector it adds what is missing now: a hook for a new container, and a grace
 * where somebody has lowered it under our sleep, which the API server would refuse or the app pay for.
 */
export function injection(request: InjectionRequest): Injection {
  const { subject, settings, configuration } = request;
  const earlier = earlierInjection(subject);
  const there = earlier?.containers ?? [];
  const containers = subject.spec.containers.filter((container) => wantsHook(container, configuration));
  const skip =
    leftAlone(request, there.length > 0) ??
    (containers.length + there.length === 0 ? nothingToAdd(subject, configuration) : undefined) ??
    cannotAdd(settings, configuration);
  if (skip !== undefined) return skip;
  const planned = plan(request, earlier);
  if ("reason" in planned) return skipped(planned.reason, planned.because);
  if (containers.length === 0 && planned.graceAfter <= graceOf(subject.spec))
    return skipped("already-added", "every container has a preStop hook, and the grace holds our sleep");
  const names = containers.map(({ name }) => name);
  return addition(subject, containers, configuration, {
    ...planned,
    containers: [...new Set([...there, ...names])],
  });
}

function addition(
  subject: PodOrTemplate,
  containers: readonly Container[],
  { sleepAction }: Configuration,
  injected: Injected,
): Injection {
  const record = injectedAnnotation(injected);
  if (annotationsFull(subject, record))
    return skipped(
      "annotations-full",
      "the pod's annotations leave no room for the one that says what was added",
    );
  const { sleepSeconds, graceAfter } = injected;
  const command = ["sleep", `${sleepSeconds}`];
  const exec = sleepAction === "Exec";
  const preStop = exec ? { exec: { command } } : { sleep: { seconds: sleepSeconds } };
  return {
    kind: "added",
    patch: injectionPatch(subject, { containers, preStop, graceAfter, record }),
    containers: containers.length === 0 ? injected.containers : containers.map(({ name }) => name),
    handler: exec ? { kind: "exec", command } : { kind: "sleep", seconds: sleepSeconds },
    injected,
  };
}

/** Reasons that lie in the pod as a whole. */
function leftAlone(
  { subject, configuration, madeByNode }: InjectionRequest,
  hasOurs: boolean,
): Skip | undefined {
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
  if (graceOf(spec) < SHORTEST_GRACE_SECONDS && !hasOurs)
    return skipped("grace-too-short", `grace ${spec.graceSeconds}: the pod asks to be killed at once`);
  return undefined;
}

/** Annotations whose values the patch is made of: no other, however wrong, keeps a pod from its sleep. */
const USED: readonly string[] = [PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS];

/** Reasons why nothing can be added to a pod that should get something. */
function cannotAdd({ invalid }: Settings, configuration: Configuration): Skip | undefined {
  const fault = invalid.find(({ key }) => USED.includes(key));
  if (fault !== undefined) return skipped("bad-annotation", `annotation ${fault.key} cannot be read`);
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

function nothingToAdd({ spec }: PodOrTemplate, configuration: Configuration): Skip {
  const [first, ...others] = spec.containers.filter(({ preStop }) => preStop === undefined);
  if (first === undefined) return skipped("has-hook", "every container has a preStop hook");
  if ([first, ...others].some((container) => isHookless(container, configuration)))
    return skipped(
      "no-ports",
      "no container without a preStop hook names a port, and the configuration asks for one",
    );
  const because =
    others.length === 0
      ? `only ${first.name} is without a preStop hook, and it is not the pod author's`
      : `only ${first.name} and ${others.length} more are without a preStop hook, and they are not the pod author's`;
  return skipped("not-ours", because);
}

function skipped(reason: SkipReason, because: string): Skip {
  return { kind: "skipped", reason, because };
}
