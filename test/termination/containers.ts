import { exactly, type Interval } from "../../src/hook/interval.ts";
import type {
  ContainerTimeline,
  StoppingContainer,
  StoppingHook,
} from "../../src/termination/stop-container.ts";
import type { Timeline } from "../../src/termination/timeline.ts";

/** The shutdown time of a process that ignores the stop signal. */
export const IGNORES: Interval = { min: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY };

type Seconds = number | Interval;

function interval(seconds: Seconds): Interval {
  return typeof seconds === "number" ? exactly(seconds) : seconds;
}

export function exec(seconds: Seconds): StoppingHook {
  return { kind: "exec", seconds: interval(seconds) };
}

export function sleep(seconds: Seconds): StoppingHook {
  return { kind: "sleep", seconds: interval(seconds) };
}

/** A running main container that exits `shutdown` seconds after the stop signal. */
export function main(
  hook: StoppingHook | undefined,
  shutdown: Seconds,
  more: Partial<StoppingContainer> = {},
): StoppingContainer {
  return { name: "app", role: "main", hook, shutdown: interval(shutdown), running: true, ...more };
}

export function sidecar(
  name: string,
  hook: StoppingHook | undefined,
  shutdown: Seconds,
  more: Partial<StoppingContainer> = {},
): StoppingContainer {
  return { ...main(hook, shutdown, more), name, role: "sidecar" };
}

/**
 * A container's timeline as `hook end, outcome | stop signal | left | kill | exit | by whom`. Intervals are written
 * `a..b`.
 */
export function line(container: ContainerTimeline | undefined): string {
  if (container === undefined) return "absent";
  if (!container.running) return "left alone";
  const { hook, stopSignalAt, left, killAt, exitAt, exitedBy } = container;
  const hookText = hook === undefined ? "no hook" : `hook ${hook.outcome} ${span(hook.end)}`;
  return `${hookText} | signal ${span(stopSignalAt)} | left ${span(left)} | kill ${span(killAt)} | exit ${span(exitAt)} by ${exitedBy}`;
}

export function span({ min, max }: Interval): string {
  return min === max ? `${min}` : `${min}..${max}`;
}

export function lines(result: Timeline): Record<string, string> {
  return Object.fromEntries(result.containers.map((container) => [container.name, line(container)]));
}
