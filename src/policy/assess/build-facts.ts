import {
  ENDLESS,
  ENDLESS_SECONDS,
  exactly,
  type Interval,
  intersection,
  isKnown,
  NO_TIME,
} from "../../hook/interval.ts";
import type { HookReadings, HookToRead } from "../../hook/reader.ts";
import {
  type Container,
  graceOf,
  isServing,
  runningContainers,
  runsToCompletion,
} from "../../termination/pod.ts";
import type { StoppingContainer } from "../../termination/stop-container.ts";
import { timeline } from "../../termination/timeline.ts";
import { isChecked } from "../configuration/patterns.ts";
import { recordedInjection } from "../injection/record.ts";
import { printedGrace } from "../messages/seconds.ts";
import type { RequestContext } from "../model/context.ts";
import { INJECT_LABEL } from "../model/keys.ts";
import type { Namespace } from "../model/namespace.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import type {
  ContainerFacts,
  HookedContainer,
  HookFacts,
  PodFacts,
  RunningContainer,
} from "../model/pod-facts.ts";
import { proxiesThatStopFirst } from "../proxies/beside.ts";
import { KNOWN_PROXIES } from "../proxies/known.ts";
import type { Settings } from "../settings/resolve.ts";

/** A pod or template, and the settings that apply to it. */
export interface ResolvedPod {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  /** As in `PodFacts`. */
  readonly settled: boolean;
}

/** Computes when the hooks of a pod or template run, and when its containers get their stop signal. */
export function buildFacts(
  { subject, settings, settled }: ResolvedPod,
  { configuration, readings, namespace }: RequestContext,
): PodFacts {
  const graceSeconds = graceOf(subject.spec);
  const ours = new Set(sleepsOfOurs(subject, settings, namespace));
  const isIncluded = (container: Container): boolean => isChecked(container, configuration);
  // An excluded container is usually injected beside an app. If every container is excluded, there is no app, so the
  // exclusion does not apply.
  const wanted = subject.spec.containers.some(isIncluded) ? isIncluded : () => true;
  const drains = new Map(
    proxiesThatStopFirst(subject.spec, configuration).map((proxy) => [proxy, drainOf(proxy, subject)]),
  );
  const running = runningContainers(subject.spec).map((container) => {
    const unheard = graceSeconds < SHORTEST_STOP_SECONDS ? undefined : readings.unheard(container);
    return {
      container,
      path: `${subject.specPath}.${container.list}[${container.index}]`,
      hook: hookFacts(container, {
        settings,
        readings,
        addedByUs: ours.has(container.name) && container.list === "containers",
      }),
      postStart: postStartSeconds(container, readings),
      unheard,
      runsUntilKill: unheard?.certainty === "sure" && isServing(container) && !container.sidecar,
      shutdownSeconds: finite(drains.get(container)) || settings.shutdownSeconds,
    };
  });
  const checked = running.filter(({ container }) => wanted(container));
  const turns = turnsOf(checked, settings.shutdownSeconds);
  const containers = checked.map((one, place) => ({ ...one, ...(turns[place] ?? NO_TURN) }));
  const hooked = containers.filter((one): one is HookedContainer => one.hook !== undefined);
  const hookStarts = (subject.spec.graceSeconds ?? graceSeconds) > 0 ? hooked : [];
  const least = leastGrace(turns, settings);
  return {
    subject,
    settings,
    graceSeconds,
    containers,
    hooked,
    hookStarts,
    hookRuns: hookStarts.filter(({ hook }) => hook.reading.cannotRun === undefined),
    running,
    proxies: running.flatMap((one) => {
      const goesOnSeconds = drains.get(one.container);
      return goesOnSeconds === undefined ? [] : [{ ...one, goesOnSeconds }];
    }),
    graceNeeded: printedGrace(least),
    leastGrace: least,
    mostFollowers: turns.reduce((most, { followers }) => Math.max(most, followers), 0),
    settled,
  };
}

/** How long a proxy runs after its stop signal; 0 for a proxy that only the configuration names. */
function drainOf(proxy: Container, { annotations }: PodOrTemplate): number {
  return KNOWN_PROXIES.get(proxy.name)?.goesOnFor(proxy, annotations) ?? 0;
}

function finite(seconds = 0): number {
  return Number.isFinite(seconds) ? seconds : 0;
}

/** All preStop and postStart hooks of a pod. */
export function hooksOf({ spec }: PodOrTemplate): readonly HookToRead[] {
  const hooks: HookToRead[] = [];
  for (const { env, preStop, postStart } of runningContainers(spec)) {
    if (preStop !== undefined) hooks.push({ handler: preStop, env });
    if (postStart !== undefined) hooks.push({ handler: postStart, env });
  }
  return hooks;
}

/** With a grace period of less than 2 s every stop is a kill, so the handling of signals is not checked. */
const SHORTEST_STOP_SECONDS = 2;

/**
 * The containers whose `command` decides which process is PID 1. The list is empty for a pod that runs to completion,
 * runs on Windows or shares its process namespace.
 */
export function mainProcessesOf({ spec }: PodOrTemplate): readonly Container[] {
  if (spec.sharesProcesses || spec.isForWindows || runsToCompletion(spec.restartPolicy)) return [];
  return runningContainers(spec).filter(({ command }) => command.length > 0);
}

/**
 * The containers whose sleep was injected, according to the record on the pod. The record is a copy or a forgery if
 * injection is off in the namespace, or if injection would add a different sleep.
 */
function sleepsOfOurs(
  subject: PodOrTemplate,
  { prestopSleepSeconds }: Settings,
  namespace: Namespace | undefined,
): readonly string[] {
  const record = recordedInjection(subject);
  const injects = namespace === undefined || namespace.labels.get(INJECT_LABEL) === "enabled";
  return record !== undefined && injects && record.sleepSeconds === prestopSleepSeconds
    ? record.containers
    : [];
}

/** The shortest grace period that is enough for all containers, after this container gets a new hook of `seconds`. */
export function leastGraceWith(pod: PodFacts, { followers }: ContainerFacts, seconds: number): number {
  const { settings, leastGrace } = pod;
  return Math.max(leastGrace, seconds + followers * settings.shutdownSeconds + shutdownLeft(settings));
}

/** How long the postStart hook takes; undefined if there is none, or if it fails at once. */
function postStartSeconds({ postStart, env }: Container, readings: HookReadings): Interval | undefined {
  if (postStart === undefined) return undefined;
  const { cannotRun, seconds } = readings.of(postStart, env);
  return cannotRun === undefined ? seconds : undefined;
}

const NO_TURN: Turn = { turn: NO_TIME, plannedTurn: 0, followers: 0 };

/** The input that decides when a container gets its stop signal. */
interface PlannedContainer {
  readonly container: Container;
  readonly hook: Pick<HookFacts, "seconds" | "known"> | undefined;
}

interface HookCircumstances {
  readonly settings: Settings;
  readonly readings: HookReadings;
  readonly addedByUs: boolean;
}

function hookFacts(
  { name, preStop, env }: Container,
  { settings, readings, addedByUs }: HookCircumstances,
): HookFacts | undefined {
  if (preStop === undefined) return undefined;
  const reading = readings.of(preStop, env);
  const believed = reading.cannotRun === undefined && !addedByUs;
  const declared = believed ? settings.hookSeconds.get(name) : undefined;
  const both = declared === undefined ? reading.seconds : intersection(reading.seconds, declared);
  const seconds = both ?? reading.seconds;
  return {
    reading,
    seconds,
    known: isKnown(seconds) ? seconds.max : Math.max(seconds.min, reading.known),
    contradiction: both === undefined ? declared : undefined,
    addedByUs,
  };
}

/** The time at which a container gets its stop signal. `turn.max` is infinite if the latest time is not known. */
type Turn = Pick<ContainerFacts, "turn" | "plannedTurn" | "followers">;

/**
 * Computes when the containers get their stop signals. If the duration of a hook has no upper bound, `turn.max` is
 * infinite, and `plannedTurn` uses the duration that the hook's author seems to intend.
 */
function turnsOf(containers: readonly PlannedContainer[], shutdownSeconds: number): readonly Turn[] {
  const shutdown = { min: 0, max: shutdownSeconds };
  const stopping = containers.map((one) => stoppingContainer(one, shutdown, plannedHook(one)));
  const ended = timeline(stopping, Number.MAX_SAFE_INTEGER);
  const known = containers.map(
    ({ hook }) => hook === undefined || isKnown(hook.seconds) || isSurelyEndless(hook),
  );
  const allKnown = known.every(Boolean);
  const sidecars = containers.filter(({ container }) => container.sidecar).length;
  return containers.map((one, place) => {
    const { min, max } = ended.containers[place]?.stopSignalAt ?? NO_TIME;
    const told = one.container.sidecar ? allKnown : known[place];
    // Sidecars come last in the list, and each sidecar waits for the later sidecars.
    const followers = one.container.sidecar ? place - (containers.length - sidecars) : sidecars;
    return { turn: { min, max: told ? max : Number.POSITIVE_INFINITY }, plannedTurn: max, followers };
  });
}

/**
 * Whether the hook's author seems to intend a hook without end. The only fix for a hook without end is to remove the
 * hook.
 */
export function isEndless({ known }: Pick<HookFacts, "known">): boolean {
  return known >= ENDLESS_SECONDS;
}

/** Whether even the shortest run of the hook has no end. */
export function isSurelyEndless({ seconds }: Pick<HookFacts, "seconds">): boolean {
  return seconds.min >= ENDLESS_SECONDS;
}

function plannedHook({ hook }: PlannedContainer): Interval {
  if (hook === undefined || isSurelyEndless(hook)) return NO_TIME;
  const { min } = hook.seconds;
  return { min, max: isEndless(hook) ? min : hook.known };
}

/** How long the app of a container takes after the stop signal. */
export function appTime({ shutdownSeconds, runsUntilKill }: RunningContainer): Interval {
  return runsUntilKill ? ENDLESS : exactly(shutdownSeconds);
}

/** Converts a container for the timeline. `shutdown` is the time that the app takes after the stop signal. */
export function stoppingContainer(
  { container, hook }: PlannedContainer,
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

function leastGrace(turns: readonly Turn[], settings: Settings): number {
  const latest = turns.reduce((most, { plannedTurn }) => Math.max(most, plannedTurn), 0);
  return latest + shutdownLeft(settings);
}

/**
 * The seconds of the grace period that must be left after a hook: the shutdown time, but at least 1 s, because the hook
 * must be shorter than the grace period.
 */
export function shutdownLeft({ shutdownSeconds }: Pick<Settings, "shutdownSeconds">): number {
  return Math.max(1, shutdownSeconds);
}
