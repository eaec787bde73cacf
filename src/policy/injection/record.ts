import { type Container, graceOf } from "../../termination/pod.ts";
import { INJECTED } from "../model/keys.ts";
import type { PodOrTemplate } from "../model/pod.ts";
import { isWithin, SLEEP_RANGE } from "../settings/ranges.ts";

/** What we noted on a pod when we added a sleep to it. Seconds. */
export interface Injected {
  readonly sleepSeconds: number;
  readonly containers: readonly string[];
  readonly graceBefore: number;
  readonly graceAfter: number;
}

/** Below this a pod asks for an end without ceremony, and gets no sleep. */
export const SHORTEST_GRACE_SECONDS = 2;

/** What strategy Fit leaves an app that asks for nothing, in seconds; Extend leaves it all it had. */
export const FIT_SHUTDOWN_SECONDS = 10;

/** The value of our annotation. */
export function injectedAnnotation({ sleepSeconds, containers, graceBefore, graceAfter }: Injected): string {
  return JSON.stringify({ sleepSeconds, containers, graceBefore, graceAfter });
}

/**
 * The record of an earlier call, as far as the pod still shows it: of the containers those that carry exactly that sleep.
 *
 * Anyone can write it, or copy it with the pod. It counts where one such container is left, or where the grace is still
 * the one we set (then another injector took our hooks away). Whatever it says, no grace is lowered for it, and none is
 * raised by more than a first call would raise it. So there is nothing to gain by forging it: its writer chooses the
 * pod's grace and sleep anyway.
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
 * The hooks that are judged as ours, not as the pod author's: those the record names, while the grace is at least what we
 * made it. Undefined where there is none.
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

/** Whether it is a record that we could have written, under one strategy or the other. */
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
