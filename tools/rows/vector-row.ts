import { ENDLESS, exactly, type Interval, NO_TIME } from "../../src/hook/interval.ts";
import type { Trigger } from "../../src/termination/grace.ts";
import { type KubeletVersion, NEWEST_KUBELET } from "../../src/termination/kubelet.ts";
import type { StoppingContainer, StoppingHook } from "../../src/termination/stop-container.ts";

/** The used fields of a line in timeline-vectors.jsonl. Times are seconds. */
export interface VectorRow {
  readonly id: string;
  readonly kubelet: string;
  readonly kubeletDetail?: string;
  readonly trigger: RowTrigger;
  readonly pod: {
    readonly terminationGracePeriodSeconds?: number;
    readonly containers: readonly RowContainer[];
    readonly initContainers?: readonly RowContainer[];
    readonly ephemeralContainers?: readonly RowContainer[];
  };
  readonly onlyContainer?: string;
  readonly effectiveGraceSeconds: number;
  readonly expect: RowExpectation;
  readonly boundary?: boolean;
  readonly apiObjectGone?: string;
}

export interface RowTrigger {
  readonly type: string;
  readonly failing?: readonly string[];
  readonly kubeletRestartAtSeconds?: number;
  readonly kubeletBackAtSeconds?: number;
  readonly [parameter: string]: unknown;
}

export interface RowContainer {
  readonly name: string;
  readonly preStop?: {
    readonly type: string;
    readonly seconds?: number;
    readonly hangs?: boolean;
    readonly fails?: boolean;
    readonly gateOff?: boolean;
  } | null;
  readonly shutdownSeconds?: number | null;
  readonly restartPolicy?: string;
  readonly state?: string;
  readonly selfExitAtSeconds?: number | null;
}

export interface RowExpectation {
  readonly containers: Readonly<Record<string, RowContainerExpectation>>;
  readonly podStoppedAt?: number;
  readonly containerStoppedAt?: number;
  readonly neededGraceSeconds?: number | null;
}

export interface RowHook {
  readonly start: number | null;
  readonly end: number | null;
  readonly outcome: string;
}

export interface RowContainerExpectation {
  readonly killed?: false;
  readonly preStop?: RowHook | readonly RowHook[] | null;
  readonly waitedForTurnSeconds?: number;
  readonly sigtermAt?: number | null;
  readonly stopTimeoutSeconds?: number;
  readonly sigkillDeadline?: number;
  readonly exitAt?: number;
  readonly exitedBy?: string;
  readonly killReturnsAt?: number;
}

/** Reads one line. @throws an Error with one sentence if the line is not a test vector. */
export function readRow(line: string): VectorRow {
  const row = JSON.parse(line) as VectorRow;
  const wanted: [string, boolean][] = [
    ["id", typeof row?.id === "string"],
    ["kubelet", typeof row?.kubelet === "string"],
    ["trigger.type", typeof row?.trigger?.type === "string"],
    ["pod.containers", Array.isArray(row?.pod?.containers)],
    ["effectiveGraceSeconds", typeof row?.effectiveGraceSeconds === "number"],
    ["expect.containers", typeof row?.expect?.containers === "object" && row.expect.containers !== null],
  ];
  const missing = wanted.find(([, isThere]) => !isThere);
  if (missing !== undefined) throw new Error(`${missing[0]} is missing or of the wrong type`);
  kubeletOf(row);
  return row;
}

/**
 * The newest kubelet in the version range of a test vector, such as `1.29+`, `1.22-1.27` or `1.28`. `kubeletDetail` has
 * precedence.
 */
export function kubeletOf(row: VectorRow): KubeletVersion {
  const text = row.kubeletDetail ?? row.kubelet;
  const [from, to] = /1\.(\d+)(?:-1\.(\d+)|\+)?/.exec(text)?.slice(1) ?? [];
  if (from === undefined) throw new Error(`kubelet "${text}" is no version`);
  const isOpen = text.includes("+");
  return { minor: isOpen ? Math.max(NEWEST_KUBELET.minor, Number(from)) : Number(to ?? from) };
}

/** The containers that stop: all containers of the pod, one of them, or those that fail together. */
export function containersOf(row: VectorRow): readonly StoppingContainer[] {
  const { containers, initContainers = [], ephemeralContainers = [] } = row.pod;
  const all = [
    ...containers.map((container) => stopping(container, "main")),
    ...initContainers.map((container) =>
      stopping(container, container.restartPolicy === "Always" ? "sidecar" : "init"),
    ),
    ...ephemeralContainers.map((container) => stopping(container, "ephemeral")),
  ];
  const only = row.trigger.failing ?? (row.onlyContainer === undefined ? undefined : [row.onlyContainer]);
  return only === undefined ? all : all.filter((container) => only.includes(container.name));
}

function stopping(row: RowContainer, role: StoppingContainer["role"]): StoppingContainer {
  return {
    name: row.name,
    role,
    hook: row.preStop ? hook(row.preStop) : undefined,
    shutdown: typeof row.shutdownSeconds === "number" ? exactly(row.shutdownSeconds) : ENDLESS,
    running: row.state === undefined || row.state === "running",
    ...(typeof row.selfExitAtSeconds === "number" && { exitsAt: row.selfExitAtSeconds }),
  };
}

function hook(row: NonNullable<RowContainer["preStop"]>): StoppingHook {
  const isKnown = row.type === "exec" || row.type === "httpGet" || row.type === "sleep";
  return { kind: isKnown ? row.type : "none", seconds: hookSeconds(row), fails: row.fails === true };
}

function hookSeconds(row: NonNullable<RowContainer["preStop"]>): Interval {
  if (row.hangs === true) return ENDLESS;
  // With the feature gate PodLifecycleSleepAction off, a kubelet of 1.29 accepts the sleep action but does not sleep.
  return row.gateOff === true ? NO_TIME : exactly(row.seconds ?? 0);
}

/**
 * The trigger of the test vector as a Trigger of `src/termination`; undefined for a trigger that gracekeeper does not
 * know.
 */
export function triggerOf(row: VectorRow): Trigger | undefined {
  const number = (name: string): number | undefined => {
    const value = row.trigger[name];
    return typeof value === "number" ? value : undefined;
  };
  const given = <Name extends string>(name: Name, value: number | undefined): { [key in Name]?: number } =>
    value === undefined ? {} : ({ [name]: value } as { [key in Name]: number });
  const asked = given("graceSeconds", number("deleteGracePeriodSeconds"));
  const probe = given("graceSeconds", number("probeTerminationGracePeriodSeconds"));
  switch (row.trigger.type) {
    case "delete":
      return { kind: "delete", ...asked, ...withoutNode(row) };
    case "drain":
      return { kind: "drain", ...asked };
    case "eviction":
    case "evictionApi":
    case "apiEviction":
      return { kind: "eviction", ...asked };
    case "hardEviction":
      return { kind: "hardEviction" };
    case "softEviction":
      return { kind: "softEviction", ...given("maxGraceSeconds", number("evictionMaxPodGracePeriod")) };
    case "nodeShutdown":
      return nodeShutdown(row.trigger, number("podPriority"));
    case "livenessFailure":
      return { kind: "livenessFailure", ...probe };
    case "startupFailure":
      return { kind: "startupFailure", ...probe };
    case "jobActiveDeadline":
      return { kind: "jobDeadline" };
    case "naturalCompletion":
      return { kind: "completion" };
    case "podActiveDeadline":
    case "activeDeadline":
      return { kind: "podDeadline" };
    case "preemption":
    case "schedulerPreemption":
      return { kind: "schedulerPreemption" };
    case "kubeletPreemption":
    case "criticalPodPreemption":
      return { kind: "kubeletPreemption" };
    case "taintEviction":
    case "staticPodRemoved":
    case "restartAllContainers":
    case "postStartFailure":
    case "sandboxChange":
      return { kind: row.trigger.type };
    default:
      return undefined;
  }
}

/**
 * A test vector does not say whether the pod has a node. If nothing runs and the object disappears at once, the pod is
 * unscheduled.
 */
function withoutNode(row: VectorRow): { pod?: "unscheduled" } {
  const runs = containersOf(row).some((container) => container.running);
  return !runs && row.apiObjectGone === "immediately" ? { pod: "unscheduled" } : {};
}

function nodeShutdown(row: RowTrigger, podPriority: number | undefined): Trigger {
  const { shutdownGracePeriod, shutdownGracePeriodCriticalPods, shutdownGracePeriodByPodPriority, critical } =
    row;
  const kubelet = JSON.parse(
    JSON.stringify({
      shutdownGracePeriod,
      shutdownGracePeriodCriticalPods,
      shutdownGracePeriodByPodPriority,
    }),
  );
  return { kind: "nodeShutdown", kubelet, priority: podPriority ?? (critical === true ? 2_000_000_000 : 0) };
}
