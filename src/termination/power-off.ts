import { exactly, type Interval, shorter } from "../hook/interval.ts";
import type { ContainerTimeline, HookTimeline } from "./stop-container.ts";
import type { Timeline } from "./timeline.ts";

/**
 * The timeline on a node that loses its power at the time `at`, in seconds. Running processes end without a signal. The
 * planned times of the stop signal and the kill do not change.
 */
export function powerOff({ graceSeconds, containers, stoppedAt }: Timeline, at: number): Timeline {
  const cut = (time: Interval): Interval => shorter(time, exactly(at));
  return {
    graceSeconds,
    containers: containers.map((container) => ({
      ...container,
      hook: container.hook && {
        ...container.hook,
        end: cut(container.hook.end),
        outcome: outcome(container.hook, at),
      },
      exitAt: cut(container.exitAt),
      exitedBy: exitedBy(container, at),
      endedAt: cut(container.endedAt),
    })),
    stoppedAt: cut(stoppedAt),
  };
}

function outcome({ end, outcome: planned }: HookTimeline, at: number): HookTimeline["outcome"] {
  if (planned === "skipped" || end.max <= at) return planned;
  return end.min > at || planned === "cut" ? "cut" : "may-be-cut";
}

/** An exit at the moment of the power loss counts as in time, like an exit at the moment of a kill. */
function exitedBy(
  { exitAt, exitedBy: planned }: ContainerTimeline,
  at: number,
): ContainerTimeline["exitedBy"] {
  if (exitAt.min > at) return "power-off";
  return exitAt.max > at ? "cannot-tell" : planned;
}
