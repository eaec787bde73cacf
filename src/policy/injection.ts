import { type Container, graceOf } from "../termination/pod.ts";
import type { Configuration } from "./configuration.ts";
import { type Injected, injectedAnnotation, recordedInjection } from "./injected-annotation.ts";
import { CONTAINERS_NOT_OURS, INJECT_LABEL, INJECTED, MIRROR_POD } from "./keys.ts";
import type { Subject } from "./subject.ts";
import type { Values } from "./values.ts";

/** RFC 6902 `add`: makes the member, or replaces it where it is. Its parent must be there. */
export interface AddOperation {
  readonly op: "add";
  readonly path: string;
  readonly value: unknown;
}

/** What is done to a pod: a sleep is added, or it is left alone and we say why. */
export type Injection = Addition | Skip;

export interface Addition {
  readonly kind: "added";
  readonly patch: readonly AddOperation[];
  /** Containers that get a hook now; on a second pass others have theirs from the first. */
  readonly containers: readonly string[];
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
  | "unsafe-number"
  | "annotations-full";

/** Who asks, as far as it matters: the API copy of a static pod is made by its node. */
export interface InjectionRequest {
  readonly subject: Subject;
  readonly values: Values;
  readonly configuration: Configuration;
  readonly madeByNode: boolean;
}

/** kubelets have the sleep action from 1.30 on (gate PodLifecycleSleepAction); before, it makes a pod invalid. */
const FIRST_MINOR_WITH_SLEEP = 30;

/** A kubelet may be three minor versions behind: from this API server on, every kubelet has the action. */
const FIRST_MINOR_WITH_SLEEP_EVERYWHERE = 33;

/** Below this the owner of the pod asked for an end without ceremony. */
const SHORTEST_GRACE_SECONDS = 2;

/**
 * What to add to a pod so that it stops well: a preStop sleep of N seconds in each main container without a hook, and
 * a grace period of max(G + N, N + S), so that the app keeps all the time it had after the stop signal.
 *
 * G is the grace, S the shutdown time the pod asks for. Never lowers or replaces what is there. Idempotent.
 */
export function injection(request: InjectionRequest): Injection {
  const { subject, values, configuration } = request;
  const skip = leftAlone(request) ?? withoutSleepAction(configuration);
  if (skip !== undefined) return skip;
  const containers = subject.spec.containers.filter(wantsHook);
  if (containers.length === 0) return nothingToAdd(subject);
  const earlier = recordedInjection(subject);
  const injected = planned(subject, values, containers, earlier);
  if (injected === undefined)
    return skipped("unsafe-number", "the grace period is too large a number to add to");
  const record = injectedAnnotation(injected);
  if (annotationBytes(subject, record) > MOST_ANNOTATION_BYTES) {
    return skipped(
      "annotations-full",
      "the pod's annotations leave no room for the one that says what was added",
    );
  }
  const names = containers.map(({ name }) => name);
  return {
    kind: "added",
    patch: patchOf(subject, containers, injected, record, configuration),
    containers: names,
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
function leftAlone({ subject, values, madeByNode }: InjectionRequest): Skip | undefined {
  const { spec, annotations, labels, controller } = subject;
  if (madeByNode && annotations.has(MIRROR_POD))
    return skipped("mirror-pod", "a static pod is changed on its node, not here");
  if (labels.get(INJECT_LABEL) === "disabled")
    return skipped("opted-out", `pod label ${INJECT_LABEL}: disabled`);
  if (controller?.kind === "Job" || controller?.kind === "DaemonSet") {
    return skipped("owner", `pods of a ${controller.kind} are left alone`);
  }
  if (spec.restartPolicy === "Never" || spec.restartPolicy === "OnFailure") {
    return skipped("runs-to-completion", `restartPolicy ${spec.restartPolicy}: the pod ends by itself`);
  }
  const [unreadable] = values.unreadable;
  if (unreadable !== undefined)
    return skipped("bad-annotation", `annotation ${unreadable.key} cannot be read`);
  if (graceOf(spec) < SHORTEST_GRACE_SECONDS) {
    return skipped("grace-too-short", `grace ${spec.graceSeconds}: the pod asks to be killed at once`);
  }
  return undefined;
}

/** Why nothing is injected under this configuration, whatever the pod; undefined where something is. */
export function withoutSleepAction({ sleepAction, kubernetesMinor }: Configuration): Skip | undefined {
  if (sleepAction === "Exec") return undefined;
  if (sleepAction === "Off") return skipped("sleep-action", "sleepAction is Off");
  if (kubernetesMinor === undefined) {
    return skipped(
      "sleep-action",
      "the version of Kubernetes is not known: set kubernetesVersion in the configuration",
    );
  }
  if (kubernetesMinor < FIRST_MINOR_WITH_SLEEP) {
    return skipped(
      "sleep-action",
      `Kubernetes 1.${kubernetesMinor} has no sleep action: upgrade, or set sleepAction: Exec`,
    );
  }
  if (sleepAction === "Auto" && kubernetesMinor < FIRST_MINOR_WITH_SLEEP_EVERYWHERE) {
    const because = `nodes under Kubernetes 1.${kubernetesMinor} may be too old for the sleep action: if none is, set sleepAction: Native`;
    return skipped("sleep-action", because);
  }
  return undefined;
}

function wantsHook(container: Container): boolean {
  return container.preStop === undefined && !CONTAINERS_NOT_OURS.has(container.name);
}

function nothingToAdd({ spec }: Subject): Skip {
  const without = spec.containers.filter(({ preStop }) => preStop === undefined).map(({ name }) => name);
  if (without.length === 0) return skipped("has-hook", "every container has a preStop hook");
  return skipped(
    "not-ours",
    `only ${without.join(", ")} is without a preStop hook, and it is not the pod author's`,
  );
}

/** The numbers, or undefined where one of them is no integer that a double holds exactly. */
function planned(
  subject: Subject,
  values: Values,
  containers: readonly Container[],
  earlier: Injected | undefined,
): Injected | undefined {
  const current = graceOf(subject.spec);
  const sleepSeconds = earlier?.sleepSeconds ?? values.prestopSleepSeconds;
  const graceBefore = earlier?.graceBefore ?? current;
  const wanted = graceBefore + sleepSeconds;
  const asked = values.shutdownAskedFor ? sleepSeconds + values.shutdownSeconds : 0;
  const graceAfter = Math.max(wanted, asked, earlier === undefined ? 0 : current);
  if (![current, graceBefore, graceAfter].every(Number.isSafeInteger)) return undefined;
  const names = containers.map(({ name }) => name);
  return { sleepSeconds, containers: [...(earlier?.containers ?? []), ...names], graceBefore, graceAfter };
}

/** Only `add`, only what is needed, and every parent is there or made: a patch that does not apply fails the request. */
function patchOf(
  subject: Subject,
  containers: readonly Container[],
  injected: Injected,
  record: string,
  configuration: Configuration,
): readonly AddOperation[] {
  const preStop = handler(injected.sleepSeconds, configuration);
  const hooks = containers.map(({ index, hasLifecycle }): AddOperation => {
    const path = `/spec/containers/${index}/lifecycle`;
    return hasLifecycle ? add(`${path}/preStop`, preStop) : add(path, { preStop });
  });
  const grace =
    subject.spec.graceSeconds === injected.graceAfter
      ? []
      : [add("/spec/terminationGracePeriodSeconds", injected.graceAfter)];
  return [...hooks, ...grace, annotate(subject, record)];
}

function handler(seconds: number, { sleepAction }: Configuration): object {
  return sleepAction === "Exec" ? { exec: { command: ["sleep", `${seconds}`] } } : { sleep: { seconds } };
}

function annotate(subject: Subject, value: string): AddOperation {
  if (subject.hasAnnotations) return add(`/metadata/annotations/${pointer(INJECTED)}`, value);
  const annotations = { [INJECTED]: value };
  return subject.hasMetadata ? add("/metadata/annotations", annotations) : add("/metadata", { annotations });
}

function add(path: string, value: unknown): AddOperation {
  return { op: "add", path, value };
}

/** A key as one step of a JSON pointer (RFC 6901). */
function pointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

function skipped(reason: SkipReason, because: string): Skip {
  return { kind: "skipped", reason, because };
}
