import type { Handler } from "../hook/handler.ts";
import type { Container } from "../termination/pod.ts";
import { INJECTED } from "./keys.ts";
import { isWithin, SLEEP_RANGE } from "./ranges.ts";
import type { Subject } from "./subject.ts";

/** What we noted on a pod when we added a sleep to it. Seconds. */
export interface Injected {
  readonly sleepSeconds: number;
  readonly containers: readonly string[];
  readonly graceBefore: number;
  readonly graceAfter: number;
}

/** The value of our annotation. */
export function injectedAnnotation(injected: Injected): string {
  return JSON.stringify(injected);
}

/**
 * Reads our annotation back. Anyone can write it, or copy it with the pod, so it is believed only where the named
 * containers carry exactly that sleep and the grace is the one we set; undefined otherwise.
 */
export function recordedInjection(subject: Subject): Injected | undefined {
  const injected = parse(subject.annotations.get(INJECTED));
  if (injected === undefined || subject.spec.graceSeconds !== injected.graceAfter) return undefined;
  const all = injected.containers.every((name) =>
    subject.spec.containers.some(
      (container) => container.name === name && sleeps(container, injected.sleepSeconds),
    ),
  );
  return all ? injected : undefined;
}

/** Whether the container's hook is one we could have added: a plain sleep of that length. */
function sleeps(container: Container, seconds: number): boolean {
  const hook: Handler | undefined = container.preStop;
  if (hook?.kind === "sleep") return hook.seconds === seconds;
  return hook?.kind === "exec" && hook.command.length === 2 && hook.command.join(" ") === `sleep ${seconds}`;
}

function parse(value: string | undefined): Injected | undefined {
  if (value === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  return isInjected(parsed) ? parsed : undefined;
}

/** What strategy Fit leaves the app at least, in seconds; Extend leaves it all it had. */
const LEAST_LEFT_SECONDS = 10;

function isInjected(value: unknown): value is Injected {
  if (typeof value !== "object" || value === null) return false;
  const { containers, ...numbers } = value as Partial<Injected>;
  const [sleep, before, after] = [numbers.sleepSeconds, numbers.graceBefore, numbers.graceAfter].map(Number);
  if (sleep === undefined || before === undefined || after === undefined) return false;
  if (![numbers.sleepSeconds, numbers.graceBefore, numbers.graceAfter].every(Number.isSafeInteger))
    return false;
  if (!isWithin(SLEEP_RANGE, sleep) || before < 1 || before > after) return false;
  if (after - sleep < Math.min(before, LEAST_LEFT_SECONDS)) return false;
  const names =
    Array.isArray(containers) &&
    containers.length > 0 &&
    containers.every((name) => typeof name === "string");
  return names && new Set(containers).size === containers.length;
}
