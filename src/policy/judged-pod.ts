import { type Interval, intersection, isKnown, NO_TIME } from "../hook/interval.ts";
import type { ProgramTable } from "../hook/program-table.ts";
import { readHook } from "../hook/read-hook.ts";
import type { HookReading } from "../hook/reading.ts";
import { type Container, graceOf, runningContainers } from "../termination/pod.ts";
import { type StoppingContainer, timeline } from "../termination/timeline.ts";
import type { Configuration } from "./configuration.ts";
import { recordedInjection } from "./injected-annotation.ts";
import { CONTAINERS_NOT_OURS } from "./keys.ts";
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
}

export interface JudgedContainer {
  readonly container: Container;
  /** Field path of the container: `spec.containers[0]`. */
  readonly path: string;
  readonly hook: JudgedHook | undefined;
  /** What is left of the grace after hook and turn, at worst; undefined where it cannot be told. May be negative. */
  readonly leftSeconds: number | undefined;
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
export function judgedPod(subject: Subject, configuration: Configuration, programs: ProgramTable): JudgedPod {
  const values = readValues(subject.annotations, configuration);
  const ours = new Set(recordedInjection(subject)?.containers);
  const hooked = runningContainers(subject.spec)
    .filter((container) => !CONTAINERS_NOT_OURS.has(container.name))
    .map((container) => ({
      container,
      path: `${subject.specPath}.${container.list}[${container.index}]`,
      hook: judgedHook(
        container,
        values,
        programs,
        ours.has(container.name) && container.list === "containers",
      ),
    }));
  const graceSeconds = graceOf(subject.spec);
  const turns = turnsOf(hooked, values.shutdownSeconds);
  const containers = hooked.map((one, place) => ({ ...one, leftSeconds: left(graceSeconds, turns[place]) }));
  return { subject, values, graceSeconds, containers, graceNeeded: graceNeeded(turns, hooked, values) };
}

/** Before what is left for it is known. */
type HookedContainer = Omit<JudgedContainer, "leftSeconds">;

function judgedHook(
  container: Container,
  values: Values,
  programs: ProgramTable,
  addedByUs: boolean,
): JudgedHook | undefined {
  if (container.preStop === undefined) return undefined;
  const reading = readHook(container.preStop, { env: container.env, programs });
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

/**
 * When each container gets its stop signal if the grace were long enough for all: after its own hook and, for a
 * sidecar, after the main containers and later sidecars have ended, each app taking its whole shutdown time.
 * Infinity where that cannot be told.
 */
function turnsOf(containers: readonly HookedContainer[], shutdownSeconds: number): readonly number[] {
  const stopping = containers.map((one) =>
    stoppingContainer(one, { min: 0, max: shutdownSeconds }, plannedHook(one)),
  );
  const ended = timeline(stopping, Number.MAX_SAFE_INTEGER);
  return containers.map((one, place) => {
    const waits = one.container.sidecar ? containers : [one];
    if (waits.some(({ hook }) => hook !== undefined && !isKnown(hook.seconds)))
      return Number.POSITIVE_INFINITY;
    return ended.containers[place]?.stopSignalAt.max ?? 0;
  });
}

/** A hook of unknown length takes no room in the sum: what is said of it is said on its own. */
function plannedHook({ hook }: HookedContainer): Interval {
  return hook !== undefined && isKnown(hook.seconds) ? hook.seconds : NO_TIME;
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

function left(graceSeconds: number, turn: number | undefined): number | undefined {
  return turn === undefined || !Number.isFinite(turn) ? undefined : graceSeconds - turn;
}

/** Undefined where no hook has a length that could be planned for, or the sum is no number the API can hold. */
function graceNeeded(
  turns: readonly number[],
  containers: readonly HookedContainer[],
  values: Values,
): number | undefined {
  const ends = containers.map(({ hook }, place) => {
    const turn = turns[place] ?? 0;
    return Number.isFinite(turn) ? turn : (hook?.seconds.min ?? 0);
  });
  const grace = printedGrace(Math.max(0, ...ends) + values.shutdownSeconds);
  return Number.isSafeInteger(grace) ? grace : undefined;
}
