import { type Interval, longer, NO_TIME } from "../hook/interval.ts";
import { appTime, stoppingContainer } from "../policy/assess/build-facts.ts";
import type { PodFacts } from "../policy/model/pod-facts.ts";
import { effectiveGrace } from "../termination/grace.ts";
import { type KubeletVersion, NEWEST_KUBELET } from "../termination/kubelet.ts";
import { powerOff } from "../termination/power-off.ts";
import type { ContainerTimeline, StoppingContainer } from "../termination/stop-container.ts";
import { neededGrace, timeline } from "../termination/timeline.ts";
import { type Ending, triggerOf } from "./ending.ts";

/** The input that decides how a pod stops. In seconds. */
export interface StoppablePod {
  readonly graceSeconds: number;
  readonly priority: number | undefined;
  readonly containers: readonly StoppableContainer[];
}

export interface StoppableContainer {
  readonly stopping: StoppingContainer;
  readonly hasLivenessProbe: boolean;
  /** The grace period of the liveness probe; undefined if the probe sets none. */
  readonly livenessGraceSeconds: number | undefined;
}

/** The timeline of a pod that is stopped, in seconds. */
export interface Stop {
  readonly containers: readonly StoppedContainer[];
  /** The seconds until the last container has ended. */
  readonly stoppedAt: Interval;
  /** The shortest grace period that cuts off no hook and kills no app; undefined if it is not known. */
  readonly neededSeconds: number | undefined;
}

export interface StoppedContainer extends ContainerTimeline {
  /** The index of the container among the running containers of the pod. */
  readonly index: number;
  /** The grace period of the container, which a drain or an eviction may have replaced. */
  readonly graceSeconds: number;
}

/** Computes how the pod stops after `ending` (delete, drain, eviction); undefined if no container is stopped. */
export function stopOn(
  ending: Ending,
  pod: StoppablePod,
  kubelet: KubeletVersion = NEWEST_KUBELET,
): Stop | undefined {
  if (ending.on === "liveness") return restart(pod, kubelet);
  const grace = effectiveGrace(triggerOf(ending, pod.priority), pod.graceSeconds, kubelet);
  if (grace === undefined) return undefined;
  const stopping = pod.containers.map((container) => container.stopping);
  const planned = timeline(stopping, grace.seconds, { kubelet, ...grace });
  const stop = ending.on === "spot" ? powerOff(planned, ending.noticeSeconds) : planned;
  return {
    containers: stop.containers.map((one, index) => ({ ...one, index, graceSeconds: grace.seconds })),
    stoppedAt: stop.stoppedAt,
    neededSeconds: neededGrace(stopping, { kubelet }),
  };
}

/** Stops each container with a liveness probe as if only that probe had failed. The pod keeps running. */
function restart(
  { graceSeconds: spec, containers }: StoppablePod,
  kubelet: KubeletVersion,
): Stop | undefined {
  const restarts = containers.flatMap(({ stopping, hasLivenessProbe, livenessGraceSeconds: own }, index) => {
    if (!hasLivenessProbe) return [];
    const trigger = { kind: "livenessFailure", ...(own !== undefined && { graceSeconds: own }) } as const;
    const { seconds = spec, ...options } = effectiveGrace(trigger, spec, kubelet) ?? {};
    const { containers: stopped, stoppedAt } = timeline([stopping], seconds, { kubelet, ...options });
    return stopped.map((one) => ({
      container: { ...one, index, graceSeconds: seconds },
      stoppedAt,
      needed: neededGrace([stopping], { kubelet }) ?? Number.POSITIVE_INFINITY,
    }));
  });
  if (restarts.length === 0) return undefined;
  const needed = Math.max(...restarts.map((one) => one.needed));
  return {
    containers: restarts.map(({ container }) => container),
    stoppedAt: restarts.map((one) => one.stoppedAt).reduce(longer, NO_TIME),
    neededSeconds: Number.isFinite(needed) ? needed : undefined,
  };
}

/** Whether the hook or the app of the container is, or may be, cut off. */
export function isHarmed({ hook, exitedBy }: ContainerTimeline): boolean {
  return (
    (hook !== undefined && ["cut", "may-be-cut", "skipped"].includes(hook.outcome)) ||
    ["kill", "power-off", "cannot-tell"].includes(exitedBy)
  );
}

export function stoppablePod({ running, graceSeconds, subject }: PodFacts): StoppablePod {
  return {
    graceSeconds,
    priority: subject.spec.priority,
    containers: running.map((one) => ({
      stopping: stoppingContainer(one, appTime(one)),
      hasLivenessProbe: one.container.hasLivenessProbe,
      livenessGraceSeconds: one.container.livenessGraceSeconds,
    })),
  };
}
