import type { Handler } from "../../hook/handler.ts";
import { type Container, graceOf, runsToCompletion } from "../../termination/pod.ts";
import { isChecked } from "../configuration/patterns.ts";
import type { Configuration } from "../model/configuration.ts";
import { INJECT_LABEL, MIRROR_POD, PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS } from "../model/keys.ts";
import type { Namespace } from "../model/namespace.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { announcement, proxiesThatStopFirst } from "../proxies/beside.ts";
import type { Settings } from "../settings/resolve.ts";
import { mayCompare } from "./owners.ts";
import { type AddOperation, annotationsFull, injectionPatch } from "./patch.ts";
import { plan } from "./plan.ts";
import { earlierInjection, type Injected, injectedAnnotation, SHORTEST_GRACE_SECONDS } from "./record.ts";
import type { SkipCause } from "./skip.ts";
import { withoutSleepAction } from "./sleep-action.ts";

/** The result of injection: a sleep is added, or the pod is skipped for a reason. */
export type Injection = Addition | Skip;

export interface Addition {
  readonly kind: "added";
  readonly patch: readonly AddOperation[];
  /**
   * The containers that get a hook now. If only the grace period is raised, the list has the containers to which an
   * earlier call added a hook.
   */
  readonly containers: readonly string[];
  readonly handler: Handler;
  readonly injected: Injected;
}

export type Skip = { readonly kind: "skipped" } & SkipCause;

/**
 * The input of injection. `madeByNode` is true in a request of a kubelet, which makes the mirror pod of a static pod.
 */
export interface InjectionRequest {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly configuration: Configuration;
  readonly madeByNode: boolean;
  /** The namespace of the pod; undefined if it is not known. */
  readonly namespace: Namespace | undefined;
}

/**
 * Decides what to add to a pod: a preStop sleep in each main container without a hook, and a grace period with room for
 * it (see plan.ts). No value is ever lowered or replaced.
 *
 * Idempotent. A second call, after another injector, adds only what is missing now: a hook for a new container, or a
 * longer grace period if another injector lowered it. Without the second call, the API server could refuse the pod, or
 * the app would have less time.
 */
export function injection(request: InjectionRequest): Injection {
  const { subject, settings, configuration } = request;
  const earlier = earlierInjection(subject);
  const there = earlier?.containers ?? [];
  const containers = subject.spec.containers.filter((container) => wantsHook(container, configuration));
  const skip =
    leftAlone(request, there.length > 0) ??
    (containers.length + there.length === 0 ? nothingToAdd(subject, configuration) : undefined) ??
    comparedByOwner(subject, configuration) ??
    cannotAdd(settings, configuration);
  if (skip !== undefined) return skip;
  const planned = plan(request, earlier);
  if ("reason" in planned) return skipped(planned);
  if (containers.length === 0 && planned.graceAfter <= graceOf(subject.spec))
    return skipped({ reason: "already-added" });
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
  if (annotationsFull(subject, record)) return skipped({ reason: "annotations-full" });
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

/** Reasons to skip the whole pod. */
function leftAlone(request: InjectionRequest, hasOurs: boolean): Skip | undefined {
  const { subject, configuration, madeByNode } = request;
  const { spec, annotations, labels, podOwner } = subject;
  if (madeByNode && annotations.has(MIRROR_POD)) return skipped({ reason: "mirror-pod" });
  if (labels.get(INJECT_LABEL) === "disabled") return skipped({ reason: "opted-out" });
  const owner = podOwner?.kind ?? "";
  if (owner === "Job" || configuration.inject.skipOwners.includes(owner))
    return skipped({ reason: "owner", owner });
  if (runsToCompletion(spec.restartPolicy))
    return skipped({ reason: "runs-to-completion", restartPolicy: spec.restartPolicy });
  if (graceOf(spec) < SHORTEST_GRACE_SECONDS && !hasOurs)
    return skipped({ reason: "grace-too-short", graceSeconds: spec.graceSeconds });
  return hasOurs ? undefined : besideProxy(request);
}

/**
 * A reason to skip a pod with a proxy. A proxy is no reason to skip a pod that already has an injected sleep: this
 * sleep needs the longer grace period.
 */
function besideProxy({ subject, configuration, namespace }: InjectionRequest): Skip | undefined {
  if (configuration.inject.besideProxies === "Add") return undefined;
  const [first] = proxiesThatStopFirst(subject.spec, configuration);
  const proxy = first === undefined ? announcement(subject, namespace) : { container: first.name };
  return proxy && skipped({ reason: "beside-proxy", proxy });
}

/** The reason to skip a pod whose owner may compare the live pod with its declaration; undefined if there is none. */
function comparedByOwner({ podOwner }: PodOrTemplate, { inject }: Configuration): Skip | undefined {
  const compared = podOwner !== undefined && mayCompare(podOwner, inject);
  return compared ? skipped({ reason: "owner-may-compare", owner: podOwner.kind }) : undefined;
}

/** The annotations that the patch depends on. An error in any other annotation does not stop injection. */
const USED: readonly string[] = [PRESTOP_SLEEP_SECONDS, SHUTDOWN_SECONDS];

/** Reasons why a pod that should get a sleep cannot get one. */
function cannotAdd({ invalid }: Settings, configuration: Configuration): Skip | undefined {
  const wrong = invalid.find(({ key }) => USED.includes(key));
  if (wrong !== undefined) return skipped({ reason: "bad-annotation", key: wrong.key });
  const cause = withoutSleepAction(configuration);
  return cause && skipped({ reason: "sleep-action", cause });
}

function wantsHook(container: Container, configuration: Configuration): boolean {
  return (
    isHookless(container, configuration) && (configuration.inject.containers === "All" || container.hasPorts)
  );
}

function isHookless(container: Container, configuration: Configuration): boolean {
  return container.preStop === undefined && isChecked(container, configuration);
}

function nothingToAdd({ spec }: PodOrTemplate, configuration: Configuration): Skip {
  const [first, ...others] = spec.containers.filter(({ preStop }) => preStop === undefined);
  if (first === undefined) return skipped({ reason: "has-hook" });
  if ([first, ...others].some((container) => isHookless(container, configuration)))
    return skipped({ reason: "no-ports" });
  return skipped({ reason: "not-ours", container: first.name, others: others.length });
}

function skipped(cause: SkipCause): Skip {
  return { kind: "skipped", ...cause };
}
