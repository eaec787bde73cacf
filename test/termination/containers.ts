import { exactly, type Interval } from "../../src/hook/interval.ts";
import type { StoppingContainer, StoppingHook } from "../../src/termination/timeline.ts";

/** Never exits on a stop signal. */
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
