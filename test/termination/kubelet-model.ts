import type { StoppingContainer } from "../../src/termination/stop-container.ts";

/**
 * The result of stopping a container with exact times, in a kubelet from 1.29 on. The model follows the steps of
 * `killContainer`.
 */
export interface Stop {
  readonly hookEnd: number;
  readonly signalAt: number;
  readonly left: number;
  readonly exitAt: number;
  readonly exitedBy: "itself" | "stop-signal" | "kill";
  readonly endedAt: number;
}

/**
 * Stops a pod whose containers have exact times. Like the kubelet, the model subtracts each step from the remaining
 * grace period.
 */
export function runKubelet(containers: readonly StoppingContainer[], grace: number): Map<string, Stop> {
  const stops = new Map<string, Stop>();
  const mainsEnded = (): number =>
    Math.max(
      0,
      ...containers.filter(({ role }) => role === "main").map(({ name }) => stops.get(name)?.endedAt ?? 0),
    );
  for (const container of containers.filter(({ role }) => role !== "sidecar")) {
    if (container.running) stops.set(container.name, stop(container, grace, undefined));
  }
  let next = 0;
  for (const container of containers.filter(({ role }) => role === "sidecar").reverse()) {
    if (container.running) stops.set(container.name, stop(container, grace, Math.max(mainsEnded(), next)));
    next = stops.get(container.name)?.endedAt ?? 0;
  }
  return stops;
}

function stop(container: StoppingContainer, grace: number, turn: number | undefined): Stop {
  const dies = container.exitsAt ?? Number.POSITIVE_INFINITY;
  let left = grace;
  let now = 0;
  if (container.hook !== undefined && left > 0) {
    const { kind, seconds } = container.hook;
    const natural = kind === "none" ? 0 : kind === "sleep" ? seconds.min : Math.min(seconds.min, dies);
    now = Math.min(natural, left);
    left -= Math.floor(now);
  }
  const hookEnd = now;
  if (turn !== undefined && left > 0) {
    const waited = Math.min(Math.max(0, turn - now), left);
    now += waited;
    left -= Math.floor(waited);
  }
  left = Math.max(left, 2);
  const exitAt = Math.min(dies, now + container.shutdown.min, now + left);
  const endedAt = Math.max(now, exitAt);
  return {
    hookEnd,
    signalAt: now,
    left,
    exitAt,
    exitedBy: byWhom(dies, now, container.shutdown.min, left),
    endedAt,
  };
}

function byWhom(dies: number, signalAt: number, shutdown: number, left: number): Stop["exitedBy"] {
  if (dies <= signalAt) return "itself";
  const answers = shutdown <= left;
  const end = signalAt + (answers ? shutdown : left);
  if (dies < end || (dies === end && !answers)) return "itself";
  return answers ? "stop-signal" : "kill";
}
