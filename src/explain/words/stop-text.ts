import { type Interval, isKnown, isPoint } from "../../hook/interval.ts";
import { inSeconds, spanOf } from "../../policy/messages/seconds.ts";
import type { HookTimeline } from "../../termination/stop-container.ts";
import type { StoppedContainer } from "../stop.ts";

interface ToldContainer extends StoppedContainer {
  readonly ignoredSignal: string | undefined;
  readonly maybeIgnoredSignal: string | undefined;
}

/**
 * Lines about the stop of one container, each with a label and a text. `offAt` is the second at which the node loses
 * power.
 */
export function stopRows(
  container: ToldContainer,
  shutdownSeconds: number,
  offAt = Number.POSITIVE_INFINITY,
): readonly (readonly [label: string, text: string])[] {
  const { hook, waited, stopSignalAt, killAt } = container;
  const rows: (readonly [string, string])[] = [];
  if (hook !== undefined) rows.push(["hook ends", hookEnd(hook, offAt)]);
  if (waited.max > 0 && hookEndAt(container) < offAt)
    rows.push(["waits", `${spanOf(waited)} for the containers that stop before this sidecar`]);
  rows.push(["stop signal", signal(stopSignalAt, offAt)]);
  rows.push(["app", appEnd(container, shutdownSeconds, offAt)]);
  if (killAt.min < offAt) rows.push(["kill", `${when(killAt)} if the container still runs`]);
  if (offAt < Number.POSITIVE_INFINITY) rows.push(["power off", `at ${inSeconds(offAt)}`]);
  return rows;
}

function hookEndAt({ hook }: StoppedContainer): number {
  return hook?.end.min ?? 0;
}

function hookEnd({ outcome, end }: HookTimeline, offAt: number): string {
  const limit = end.max >= offAt ? "when the power goes off" : "at the end of the grace period";
  switch (outcome) {
    case "completed":
      return when(end);
    case "cut":
      return `cut ${when(end)}, ${limit}`;
    case "may-be-cut":
      return `${when(end)}; cut ${limit} if the hook still runs`;
    case "failed":
      return `${when(end)}, failed`;
    case "skipped":
      return "the hook never runs: the grace period is 0";
  }
}

function signal(at: StoppedContainer["stopSignalAt"], offAt: number): string {
  if (at.min >= offAt) return "none: the power goes off first";
  return at.max < offAt ? when(at) : `${when(at)}, unless the power goes off first`;
}

/** A remark about an app that ends before the kill, or at the moment of the kill. */
function lateness({ exitAt, killAt, maybeIgnoredSignal }: ToldContainer, offAt: number): string {
  if (maybeIgnoredSignal !== undefined) {
    const end = killAt.min < offAt ? `killed ${when(killAt)}` : "still runs when the power goes off";
    return ` if the app handles ${maybeIgnoredSignal}, else ${end}`;
  }
  return exitAt.max === killAt.min ? ", at the moment of the kill" : "";
}

function appEnd(container: ToldContainer, shutdownSeconds: number, offAt: number): string {
  const { exitedBy, exitAt, killAt, left, minimumOnly, ignoredSignal } = container;
  const has = `has ${spanOf(left)}${minimumOnly ? ", the kubelet's minimum" : ""}, needs ${inSeconds(shutdownSeconds)}`;
  switch (exitedBy) {
    case "stop-signal":
      return `done ${when(exitAt)}${lateness(container, offAt)} (${has})`;
    case "kill":
      return ignoredSignal === undefined
        ? `killed ${when(exitAt)} (${has})`
        : `ignores ${ignoredSignal}, killed ${when(exitAt)}`;
    case "itself":
      return `ends by itself ${when(exitAt)}`;
    case "power-off":
      return "still runs when the power goes off";
    case "cannot-tell":
      return killAt.min < offAt
        ? `done or killed ${when(exitAt)} (${has})`
        : `done ${when(exitAt)}, or still runs when the power goes off`;
  }
}

/** A time as text, such as `at 15s`, `between 5s and 14s` or `at 5s or later`. */
export function when(interval: Interval): string {
  if (isPoint(interval)) return `at ${inSeconds(interval.min)}`;
  if (!isKnown(interval)) return `at ${inSeconds(interval.min)} or later`;
  return `between ${inSeconds(interval.min)} and ${inSeconds(interval.max)}`;
}
