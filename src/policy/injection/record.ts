import { type Container, graceOf } from "../../termination/pod.ts";
import { INJECTED } from "../model/keys.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { isWithin, SLEEP_RANGE } from "../settings/read-value.ts";

/** The record of an injection, which is stored in an annotation of the pod. Times are in seconds. */
export interface Injected {
  readonly sleepSeconds: number;
  readonly containers: readonly string[];
  readonly graceBefore: number;
  readonly graceAfter: number;
}

/** The shortest grace period of a pod that gets a sleep: with 0 s or 1 s, a pod asks to be killed at once. */
export const SHORTEST_GRACE_SECONDS = 2;

/**
 * The seconds that strategy Fit leaves an app for which no shutdown time is set. Strategy Extend leaves the app its
 * whole grace period.
 */
export const FIT_SHUTDOWN_SECONDS = 10;

/** The value of the annotation gracekeeper.dev/injected. */
export function injectedAnnotation({ sleepSeconds, containers, graceBefore, graceAfter }: Injected): string {
  return JSON.stringify({ sleepSeconds, containers, graceBefore, graceAfter });
}

/**
 * The record of an earlier call, with only the containers that still have exactly the recorded sleep.
 *
 * Anyone can write the record, or copy it with the pod. The record is used if at least one container still has the
 * recorded sleep. If no container has the recorded sleep, but the pod has the recorded grace period, the record is
 * used, too: another injector has removed the hooks. The record never lowers a grace period, and never raises it by
 * more than a first call would. So a forged record gains nothing: its author can set the grace period and the sleep of
 * the pod anyway.
 */
export function earlierInjection(subject: PodOrTemplate): Injected | undefined {
  const injected = parse(subject.annotations.get(INJECTED));
  if (injected === undefined) return undefined;
  const sleeping = subject.spec.containers.filter((container) => sleeps(container, injected.sleepSeconds));
  const names = new Set(sleeping.map(({ name }) => name));
  const containers = injected.containers.filter((name) => names.has(name));
  const untouched = graceOf(subject.spec) === injected.graceAfter;
  return containers.length > 0 || untouched ? { ...injected, containers } : undefined;
}

/**
 * The record, if gracekeeper treats the recorded sleeps as injected: at least one container has the recorded sleep, and
 * the grace period is at least the recorded grace period.
 */
export function recordedInjection(subject: PodOrTemplate): Injected | undefined {
  const earlier = earlierInjection(subject);
  if (earlier === undefined || earlier.containers.length === 0) return undefined;
  return graceOf(subject.spec) >= earlier.graceAfter ? earlier : undefined;
}

/** Whether the hook of the container is a plain sleep of that length, as injection adds it. */
function sleeps({ preStop: hook }: Container, seconds: number): boolean {
  if (hook?.kind === "sleep") return hook.seconds === seconds;
  return hook?.kind === "exec" && hook.command.length === 2 && hook.command.join(" ") === `sleep ${seconds}`;
}

function parse(value: string | undefined): Injected | undefined {
  if (value === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isInjected(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Whether injection could have written this value of the annotation, with strategy Extend or Fit. */
function isInjected(value: unknown): value is Injected {
  if (typeof value !== "object" || value === null) return false;
  const { sleepSeconds, containers, graceBefore, graceAfter } = value as Record<keyof Injected, unknown>;
  if (!isWhole(sleepSeconds) || !isWhole(graceBefore) || !isWhole(graceAfter)) return false;
  const left = graceAfter - sleepSeconds;
  return (
    isWithin(SLEEP_RANGE, sleepSeconds) &&
    graceBefore >= SHORTEST_GRACE_SECONDS &&
    graceAfter >= graceBefore &&
    left >= Math.min(graceBefore, FIT_SHUTDOWN_SECONDS) &&
    isListOfNames(containers)
  );
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isListOfNames(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every((name) => typeof name === "string") && new Set(value).size === value.length;
}
