import { type Container, graceOf } from "../../termination/pod.ts";
import { INJECTED } from "../model/keys.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { isWithin, SLEEP_RANGE } from "../settings/read-value.ts";

/** The record on a pod to which we added a sleep. In seconds. */
export interface Injected {
  readonly sleepSeconds: number;
  readonly containers: readonly string[];
  readonly graceBefore: number;
  readonly graceAfter: number;
}

/** A pod with a shorter grace period asks to be killed at once, and gets no sleep. */
export const SHORTEST_GRACE_SECONDS = 2;

/** Seconds that strategy Fit leaves an app that asks for no shutdown time. Extend leaves it all of its grace period. */
export const FIT_SHUTDOWN_SECONDS = 10;

/** The value of our annotation. */
export function injectedAnnotation({ sleepSeconds, containers, graceBefore, graceAfter }: Injected): string {
  return JSON.stringify({ sleepSeconds, containers, graceBefore, graceAfter });
}

/**
 * The record of an earlier call, with only the containers that still have exactly that sleep.
 *
 * Anyone can write the record, or copy it with the pod. It counts if at least one such container is left. It also
 * counts if the grace period equals the recorded one: then another injector has removed our hooks. The record never
 * lowers a grace period, and never
 * raises one by more than a first call would. So a forged record gains nothing: its author can set the grace period and
 * the sleep of the pod anyway.
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
 * The hooks that count as ours: those in the record, as long as the grace period is at least the one that we set.
 * Undefined if there are none.
 */
export function recordedInjection(subject: PodOrTemplate): Injected | undefined {
  const earlier = earlierInjection(subject);
  if (earlier === undefined || earlier.containers.length === 0) return undefined;
  return graceOf(subject.spec) >= earlier.graceAfter ? earlier : undefined;
}

/** Whether the container's hook is one we could have added: a plain sleep of that length. */
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

/** Whether we could have written this record, with one strategy or the other. */
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
