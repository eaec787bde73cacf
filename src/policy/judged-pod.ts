import { fullEffort } from "../hook/effort.ts";
import type { Handler } from "../hook/handler.ts";
import type { HookReader } from "../hook/hook-reader.ts";
import { exactly, type Interval, intersection, isKnown, NO_TIME } from "../hook/interval.ts";
import type { HookReading } from "../hook/reading.ts";
import { type Container, graceOf, runningContainers } from "../termination/pod.ts";
import { type StoppingContainer, timeline } from "../termination/timeline.ts";
import type { Configuration } from "./configuration.ts";
import { recordedInjection } from "./injected-annotation.ts";
import type { Namespace } from "./namespace.ts";
import { isJudged } from "./not-judged.ts";
import { printedGrace } from "./seconds.ts";
import type { Subject } from "./subject.ts";
import { readValues, type Values } from "./values.ts";

/** A pod with everything that findings look at: how long its hooks take, and what the kubelet makes of it. Seconds. */
export interface JudgedPod {
  readonly subject: Subject;
  readonly values: Values;
  readonly graceSeconds: number;
  /** Main containers and sidecars but those that other injectors own. */
  readonly containers: readonly JudgedContainer[];
  /** The grace we would print: every hook whose length is known ends, and then every app has its shutdown time. */
  readonly graceNeeded: number | undefined;
  /**
   * Whether the pod has the hooks it will have. False for a template in a namespace nobody knows: injection may still
   * add one to its pods.
   */
  readonly settled: boolean;
}

/** What a pod is judged by, beside itself. */
export interface JudgedBy {
  readonly configuration: Configuration;
  readonly readHook: HookReader;
  readonly namespace: Namespace | undefined;
}

export interface JudgedContainer {
  readonly container: Container;
  /** Field path of the container: `spec.containers[0]`. */
  readonly path: string;
  readonly hook: JudgedHook | undefined;
  /** How long its postStart hook takes; undefined where there is none, or it fails at once. */
  readonly postStart: Interval | undefined;
  /**
   * When it gets its stop signal if the grace is long enough for all: after its own hook and, for a sidecar, after
   * the main containers and later sidecars have ended, each app taking up to its shutdown time.
   */
  readonly turn: Interval;
}

export interface JudgedHook {
  readonly reading: HookReading;
  /** What was read, narrowed by what the pod declares. */
  readonly seconds: Interval;
  /** What the pod declares where it contradicts what was read. */
  readonly contradiction: Interval | undefined;
  /** True for a sleep that we added and nobody has changed since. */
  readonly addedByUs: boolean;
}

/** Reads the hooks of a pod or template and lays them on the kubelet's timeline. */
export function judgedPod(
  subject: Subject,
  { configuration, readHook, namespace }: JudgedBy,
  settled: boolean,
): JudgedPod {
  const effort = fullEffort();
  const values = readValues(subject, namespace, configuration);
  const ours = new Set(recordedInjection(subject)?.containers);
  const read = (handler: Handler, env: Container["env"]): HookReading => readHook(handler, env, effort);
  const hooked = runningContainers(subject.spec)
    .filter((container) => isJudged(container, configuration))
    .map((container) => ({
      container,
      path: `${subject.specPath}.${container.list}[${container.index}]`,
      hook: judgedHook(container, values, read, ours.has(container.name) && container.list === "containers"),
      postStart: postStart(container, read),
    }));
  const graceSeconds = graceOf(subject.spec);
  const turns = turnsOf(hooked, values.shutdownSeconds);
  const containers = hooked.map((one, place) => ({ ...one, turn: turns[place] ?? NO_TIME }));
  return { subject, values, graceSeconds, containers, graceNeeded: graceNeeded(turns, values), settled };
}

function postStart(
  container: Container,
  readHook: (handler: Handler, env: Container["env"]) => HookReading,
): Interval | undefined {
  if (container.postStart === undefined) return undefined;
  const { cannotRun, seconds } = readHook(container.postStart, container.env);
  return cannotRun === undefined ? seconds : undefined;
}

/** Before its turn is known. */
type HookedContainer = Omit<JudgedContainer, "turn">;

function judgedHook(
  container: Container,
  values: Values,
  readHook: (handler: Handler, env: Container["env"]) => HookReading,
  addedByUs: boolean,
): JudgedHook | undefined {
  if (container.preStop === undefined) return undefined;
  const reading = readHook(container.preStop, container.env);
  const believed = reading.cannotRun === undefined && !addedByUs;
  const declared = believed ? values.hookSeconds.get(container.name) : undefined;
  const both = declared === undefined ? reading.seconds : intersection(reading.seconds, declared);
  return {
    reading,
    seconds: both ?? reading.seconds,
    contradiction: both === undefined ? declared : undefined,
    addedByUs,
  };
}

/** A hook of unknown length counts with its shortest time, and then the latest turn cannot be told. */
function turnsOf(containers: readonly HookedContainer[], shutdownSeconds: number): readonly Interval[] {
  const shutdown = { min: 0, max: shutdownSeconds };
  const stopping = containers.map((one) => stoppingContainer(one, shutdown, plannedHook(one)));
  const ended = timeline(stopping, Number.MAX_SAFE_INTEGER);
  const known = containers.map(({ hook }) => hook === undefined || isKnown(hook.seconds));
  const allKnown = known.every(Boolean);
  return containers.map((one, place) => {
    const { min, max } = ended.containers[place]?.stopSignalAt ?? NO_TIME;
    const told = one.container.sidecar ? allKnown : known[place];
    return { min, max: told ? max : Number.POSITIVE_INFINITY };
  });
}

function plannedHook({ hook }: HookedContainer): Interval {
  if (hook === undefined) return NO_TIME;
  return isKnown(hook.seconds) ? hook.seconds : exactly(hook.seconds.min);
}

/** The container as the timeline takes it; `shutdown` is the time its app takes after the stop signal. */
export function stoppingContainer(
  { container, hook }: HookedContainer,
  shutdown: Interval,
  hookSeconds: Interval | undefined = hook?.seconds,
): StoppingContainer {
  const handler = container.preStop?.kind;
  const runs = handler === "exec" || handler === "httpGet" || handler === "sleep";
  return {
    name: container.name,
    role: container.sidecar ? "sidecar" : "main",
    hook: hook && { kind: runs ? handler : "none", seconds: hookSeconds ?? NO_TIME },
    shutdown,
    running: true,
  };
}

/** Undefined where the sum is no number the API can hold. */
function graceNeeded(turns: readonly Interval[], { shutdownSeconds }: Values): number | undefined {
  const planned = turns.map((turn) => (isKnown(turn) ? turn.max : turn.min));
  const grace = printedGrace(planned.reduce((one, other) => Math.max(one, other), 0) + shutdownSeconds);
  return Number.isSafeInteger(grace) ? grace : undefined;
}
