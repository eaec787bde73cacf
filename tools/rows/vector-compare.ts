import { exactly, type Interval, plus } from "../../src/hook/interval.ts";
import { effectiveGrace } from "../../src/termination/grace.ts";
import type { KubeletVersion } from "../../src/termination/kubelet.ts";
import type { ContainerTimeline, StoppingContainer } from "../../src/termination/stop-container.ts";
import { neededGrace, type TimelineOptions, timeline } from "../../src/termination/timeline.ts";
import {
  containersOf,
  kubeletOf,
  type RowContainerExpectation,
  type RowHook,
  triggerOf,
  type VectorRow,
} from "./vector-row.ts";

/**
 * The result of `compare`: each value that differs from the test vector. For a test vector with `boundary`, the result
 * also has the timers that fire at the same time.
 */
export interface Comparison {
  readonly differences: readonly string[];
  readonly boundary: string | undefined;
}

/**
 * How much later a timer may fire if two timers end at the same time. The delay is shorter than every time in a test
 * vector, and longer than rounding errors.
 */
const LATE_SECONDS = 1e-4;
const NOISE_SECONDS = 1e-9;

/** Computes the timeline of these containers of a test vector. */
export type RowRunner = (
  row: VectorRow,
  containers: readonly StoppingContainer[],
  kubelet: KubeletVersion,
) => Run;

export function compare(row: VectorRow, kubelet = kubeletOf(row), runner: RowRunner = runRow): Comparison {
  const containers = containersOf(row);
  const runWith = (some: readonly StoppingContainer[]): Run => runner(row, some, kubelet);
  const needed = neededGrace(containers, { kubelet });
  const inTime = differences(row, runWith(containers), needed, NOISE_SECONDS);
  if (row.boundary !== true) return { differences: inTime, boundary: undefined };
  const lateWays = [
    { hook: LATE_SECONDS, shutdown: 0 },
    { hook: 0, shutdown: LATE_SECONDS },
  ].map((late) => containers.map((container) => delayed(container, late)));
  const ways = [inTime, ...lateWays.map((way) => differences(row, runWith(way), needed, 3 * LATE_SECONDS))];
  const agrees = ways.some((way) => way.length === 0);
  return { differences: agrees ? [] : inTime, boundary: coincidence(runWith(containers), containers) };
}

function delayed(container: StoppingContainer, late: { hook: number; shutdown: number }): StoppingContainer {
  const { hook, shutdown } = container;
  return {
    ...container,
    hook: hook && { ...hook, seconds: plus(hook.seconds, exactly(late.hook)) },
    shutdown: plus(shutdown, exactly(late.shutdown)),
  };
}

function differences(row: VectorRow, run: Run, needed: number | undefined, tolerance: number): string[] {
  const differ = differWithin(tolerance);
  const byName = new Map(run.containers.map((container) => [container.name, container]));
  const { podStoppedAt, containerStoppedAt, neededGraceSeconds } = row.expect;
  return [
    ...(run.grace === row.effectiveGraceSeconds
      ? []
      : [`effective grace: ${run.grace}, expected ${row.effectiveGraceSeconds}`]),
    ...Object.entries(row.expect.containers).flatMap(([name, expected]) =>
      containerDifferences(byName.get(name), expected, differ).map((text) => `${name}: ${text}`),
    ),
    ...differ("stopped", run.stoppedAt, podStoppedAt ?? containerStoppedAt),
    ...(neededGraceSeconds === undefined || (needed ?? null) === neededGraceSeconds
      ? []
      : [`needed grace: ${needed ?? null}, expected ${neededGraceSeconds}`]),
  ];
}

/** The computed timeline of a test vector. */
export interface Run {
  readonly grace: number | undefined;
  readonly containers: readonly (ContainerTimeline & { readonly hooks?: readonly RowHook[] })[];
  readonly stoppedAt: Interval;
}

/**
 * Computes the timeline of a test vector. If `triggerOf` does not support the trigger, the grace period of the test
 * vector is used and not tested.
 */
function runRow(row: VectorRow, containers: readonly StoppingContainer[], kubelet: KubeletVersion): Run {
  const trigger = triggerOf(row);
  const scope = row.onlyContainer !== undefined || row.trigger.failing !== undefined ? "container" : "pod";
  const grace =
    trigger === undefined
      ? { seconds: row.effectiveGraceSeconds, scope, override: scope === "pod" }
      : effectiveGrace(trigger, row.pod.terminationGracePeriodSeconds ?? 30, kubelet);
  if (grace === undefined) return { grace: undefined, containers: [], stoppedAt: exactly(0) };
  const options = { kubelet, ...grace } as TimelineOptions;
  const { kubeletRestartAtSeconds: lost, kubeletBackAtSeconds: back } = row.trigger;
  const result = timeline(containers, grace.seconds, options);
  if (lost === undefined || back === undefined) return { ...result, grace: grace.seconds };
  return { grace: grace.seconds, ...afterRestart(containers, grace.seconds, options, lost, back) };
}

/**
 * The timeline if the kubelet restarts while it kills a pod. The kubelet then begins again, with the hook and the full
 * grace period. A process that already has its stop signal continues to exit.
 */
function afterRestart(
  containers: readonly StoppingContainer[],
  grace: number,
  options: TimelineOptions,
  lost: number,
  back: number,
): Pick<Run, "containers" | "stoppedAt"> {
  const before = timeline(containers, grace, options).containers;
  const again = containers.map((container, index) => {
    const first = before[index];
    const isSignalled = first !== undefined && first.stopSignalAt.max < lost;
    const exit = isSignalled
      ? first.stopSignalAt.max + container.shutdown.max
      : (container.exitsAt ?? Infinity);
    const exitsAt = Math.min(exit, isSignalled && first.killAt.max <= lost ? first.killAt.max : Infinity);
    return { ...container, running: container.running && exitsAt > back, exitsAt: exitsAt - back };
  });
  const after = timeline(again, grace, options);
  const shift = exactly(back);
  return {
    stoppedAt: plus(after.stoppedAt, shift),
    containers: after.containers.map((container, index) => ({
      ...container,
      stopSignalAt: plus(container.stopSignalAt, shift),
      killAt: plus(container.killAt, shift),
      exitAt: plus(container.exitAt, shift),
      endedAt: plus(container.endedAt, shift),
      hooks: [before[index]?.hook, container.hook].flatMap((hook, run) =>
        hook === undefined
          ? []
          : run === 0
            ? [{ start: 0, end: lost, outcome: "lost with the kubelet" }]
            : [{ start: back, end: hook.end.max + back, outcome: hook.outcome }],
      ),
    })),
  };
}

type Differ = (what: string, ours: Interval, theirs: number | undefined) => string[];

function differWithin(tolerance: number): Differ {
  return (what, ours, theirs) =>
    theirs === undefined ||
    (Math.abs(ours.min - theirs) <= tolerance && Math.abs(ours.max - theirs) <= tolerance)
      ? []
      : [`${what}: ${ours.min === ours.max ? ours.min : `${ours.min} to ${ours.max}`}, expected ${theirs}`];
}

const EXITED_BY: Record<string, string> = { sigterm: "stop-signal", sigkill: "kill", self: "itself" };

function containerDifferences(
  ours: Run["containers"][number] | undefined,
  theirs: RowContainerExpectation,
  differ: Differ,
): string[] {
  if (ours === undefined) return ["is not in the timeline"];
  if (theirs.killed === false) return ours.running ? ["is killed, expected: left alone"] : [];
  const hasSignal = ours.exitedBy !== "itself" || ours.exitAt.min > ours.stopSignalAt.max;
  const signal =
    theirs.sigtermAt === null
      ? hasSignal
        ? ["stop signal: sent, expected none"]
        : []
      : differ("stop signal", ours.stopSignalAt, theirs.sigtermAt);
  const exitedBy = theirs.exitedBy === undefined ? ours.exitedBy : EXITED_BY[theirs.exitedBy];
  return [
    ...hookDifferences(ours, theirs.preStop, differ),
    ...differ("waited", ours.waited, theirs.waitedForTurnSeconds),
    ...signal,
    ...differ("left", ours.left, theirs.stopTimeoutSeconds),
    ...differ("kill", ours.killAt, theirs.sigkillDeadline),
    ...differ("exit", ours.exitAt, theirs.exitAt),
    ...(exitedBy === ours.exitedBy ? [] : [`exited by: ${ours.exitedBy}, expected ${theirs.exitedBy}`]),
    ...differ("ended", ours.endedAt, theirs.killReturnsAt),
  ];
}

function hookDifferences(
  ours: Run["containers"][number],
  theirs: RowContainerExpectation["preStop"],
  differ: Differ,
): string[] {
  if (theirs === undefined) return [];
  const expected: readonly RowHook[] = theirs === null ? [] : Array.isArray(theirs) ? theirs : [theirs];
  const hook = ours.hook;
  const seen: readonly RowHook[] =
    ours.hooks ?? (hook ? [{ start: hook.start.max, end: hook.end.max, outcome: hook.outcome }] : []);
  if (seen.length !== expected.length) return [`hook runs: ${seen.length}, expected ${expected.length}`];
  return expected.flatMap((want, index) => {
    const got = seen[index];
    if (got?.outcome !== want.outcome) return [`hook: ${got?.outcome}, expected ${want.outcome}`];
    if (want.start === null || want.end === null) return [];
    return [
      ...differ("hook start", exactly(got.start ?? 0), want.start),
      ...differ("hook end", exactly(got.end ?? 0), want.end),
    ];
  });
}

/** The timers that fire at the same time. */
function coincidence({ containers: run, grace = 0 }: Run, containers: readonly StoppingContainer[]): string {
  const found = run.flatMap((container, index) => {
    const given = containers[index];
    const hookAt = container.hook && given?.hook?.seconds.max;
    const exitAt = container.stopSignalAt.max + (given?.shutdown.max ?? 0);
    return [
      ...(hookAt === grace ? [`the hook of ${container.name} ends as the grace does, at ${grace} s`] : []),
      ...(exitAt === container.killAt.max ? [`${container.name} exits as it is killed, at ${exitAt} s`] : []),
    ];
  });
  return found.length > 0 ? found.join("; ") : "no two timers of ours coincide";
}
