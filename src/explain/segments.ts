import { isKnown } from "../hook/interval.ts";
import type { ContainerExplanation } from "./explain.ts";
import type { StoppedContainer } from "./stop.ts";
import type { Role } from "./text-style.ts";

/** A container to draw. */
export interface Drawn extends StoppedContainer {
  /**
   * The duration in seconds that the hook's author seems to intend; undefined if the duration of the hook has an upper
   * bound.
   */
  readonly meantSeconds?: number | undefined;
}

/**
 * Prepares a container for drawing. If the duration of a hook has no upper bound, the duration that its author seems to
 * intend is drawn.
 */
export function drawn(container: ContainerExplanation): Drawn {
  const { hookSeconds, hookKnownSeconds } = container;
  const isOpen = hookSeconds !== undefined && !isKnown(hookSeconds);
  return { ...container, meantSeconds: isOpen ? hookKnownSeconds : undefined };
}

/** A segment of a timeline bar. A segment begins where the previous segment ends; the first segment begins at 0. */
export interface Segment {
  readonly role: Extract<Role, "hook" | "maybe-hook" | "turn" | "shutdown" | "spare">;
  /** Seconds. */
  readonly until: number;
}

/**
 * The timeline of a container until the kill, as segments of a bar. If a time is not known exactly, the latest possible
 * time is drawn. Segments may be empty.
 */
export function segmentsOf({
  hook,
  meantSeconds = 0,
  stopSignalAt,
  exitAt,
  killAt,
}: Drawn): readonly Segment[] {
  const hooks: Segment[] =
    hook === undefined
      ? []
      : [
          { role: "hook", until: Math.min(Math.max(hook.end.min, meantSeconds), hook.end.max) },
          { role: "maybe-hook", until: hook.end.max },
        ];
  return [
    ...hooks,
    { role: "turn", until: stopSignalAt.max },
    { role: "shutdown", until: Math.min(exitAt.max, killAt.max) },
    { role: "spare", until: killAt.max },
  ];
}

export interface Part {
  readonly role: Segment["role"];
  /** Seconds. */
  readonly from: number;
  readonly to: number;
}

/** The segments that are not empty, up to `offAt`. */
export function partsOf(container: Drawn, offAt: number): readonly Part[] {
  let from = 0;
  return segmentsOf(container).flatMap(({ role, until }) => {
    const part = { role, from, to: Math.min(until, offAt) };
    from = Math.max(from, part.to);
    return part.to > part.from ? [part] : [];
  });
}

/** The last second of the timeline, and the seconds to print on the ruler, the most important ones first. */
export function scaleOf(
  containers: readonly StoppedContainer[],
  offAt: number,
): { readonly end: number; readonly marks: readonly number[] } {
  const kills = containers.map(({ killAt }) => killAt.max).filter(Number.isFinite);
  const graces = containers.map(({ graceSeconds }) => graceSeconds);
  const end = Math.max(1, Math.min(offAt, Math.max(...graces, ...kills)));
  const stops = containers.map(({ stopSignalAt }) => stopSignalAt.max);
  return { end, marks: [0, ...graces, end, ...stops].filter((mark) => mark <= end) };
}
