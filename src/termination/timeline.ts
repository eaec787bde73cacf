import { ENDLESS_SECONDS, type Interval, longer, NO_TIME } from "../hook/interval.ts";
import {
  type KubeletVersion,
  NEWEST_KUBELET,
  ordersSidecars,
  restoresFullGrace,
  wholeSeconds,
} from "./kubelet.ts";
import {
  type ContainerTimeline,
  type Rules,
  type StoppingContainer,
  stopContainer,
} from "./stop-container.ts";

export interface Timeline {
  /** The grace period that the kubelet uses, in whole seconds. */
  readonly graceSeconds: number;
  /** The containers in the order of the input. */
  readonly containers: readonly ContainerTimeline[];
  /** When the last container has ended. */
  readonly stoppedAt: Interval;
}

export interface TimelineOptions {
  /** The default is the newest version of the kubelet. */
  readonly kubelet?: KubeletVersion;
  /**
   * `pod` (default): all containers stop together, but sidecars wait for other containers to end. `container`: the
   * kubelet restarts the containers one after the other, in the order of the input, while the pod runs on; no sidecar
   * waits (kuberuntime_manager.go `SyncPod` step 3, 1.25 to 1.36).
   */
  readonly scope?: "pod" | "container";
  /**
   * Whether `killContainer` gets the grace period as an override. This matters only in Kubernetes 1.22 to 1.27. The
   * default is true for the scope `pod`.
   */
  readonly override?: boolean;
  /** How long a hook may take, in seconds. The default is the grace period. */
  readonly hookSeconds?: number;
}

/**
 * How the kubelet stops these containers, in seconds from the start of the termination. The function never throws and
 * never returns NaN.
 */
export function timeline(
  containers: readonly StoppingContainer[],
  graceSeconds: number,
  options: TimelineOptions = {},
): Timeline {
  const rules = rulesFor(graceSeconds, options);
  const stopped =
    options.scope === "container" ? oneByOne(containers, rules) : together(containers, rules, options);
  return {
    graceSeconds: rules.grace,
    containers: stopped,
    stoppedAt: stopped.map((container) => container.endedAt).reduce(longer, NO_TIME),
  };
}

function rulesFor(graceSeconds: number, options: TimelineOptions): Rules {
  const { kubelet = NEWEST_KUBELET, scope = "pod", override = scope === "pod" } = options;
  return {
    grace: wholeSeconds(graceSeconds),
    hookGrace: wholeSeconds(options.hookSeconds ?? graceSeconds),
    fullGraceAfterHook: override && restoresFullGrace(kubelet),
  };
}

/** For containers that are restarted: SyncPod stops one container after the other. */
function oneByOne(containers: readonly StoppingContainer[], rules: Rules): ContainerTimeline[] {
  let start = NO_TIME;
  return containers.map((container) => {
    if (!container.running) return untouched(container);
    const stopped = stopContainer(container, rules, start, NO_TIME);
    start = stopped.endedAt;
    return stopped;
  });
}

/**
 * Stops the whole pod: the kill of every container starts at 0. A sidecar waits for all main containers and for the
 * next sidecar that is declared after it. Other containers wait for nothing (`newTerminationOrdering`, 1.29 to 1.36). A
 * container that does not run delays no other container.
 */
function together(
  containers: readonly StoppingContainer[],
  rules: Rules,
  { kubelet = NEWEST_KUBELET }: TimelineOptions,
): ContainerTimeline[] {
  const stop = (container: StoppingContainer, turn: Interval): ContainerTimeline =>
    container.running ? stopContainer(container, rules, NO_TIME, turn) : untouched(container);
  const stopped = containers.map((container) => stop(container, NO_TIME));
  if (!ordersSidecars(kubelet)) return stopped;
  const mains = stopped.filter((container) => container.role === "main");
  const mainsEnded = mains.map((container) => container.endedAt).reduce(longer, NO_TIME);
  let turn = mainsEnded;
  for (let index = containers.length - 1; index >= 0; index--) {
    const container = containers[index];
    if (container?.role !== "sidecar") continue;
    const inTurn = stop(container, turn);
    stopped[index] = inTurn;
    turn = longer(mainsEnded, inTurn.endedAt);
  }
  return stopped;
}

/** `ConvertPodStatusToRunningPod` (pkg/kubelet/container/helpers.go) lists only running containers. */
function untouched(container: StoppingContainer): ContainerTimeline {
  return {
    name: container.name,
    role: container.role,
    running: false,
    hook: undefined,
    waited: NO_TIME,
    stopSignalAt: NO_TIME,
    left: NO_TIME,
    minimumOnly: false,
    killAt: NO_TIME,
    exitAt: NO_TIME,
    exitedBy: "itself",
    endedAt: NO_TIME,
  };
}

/**
 * The smallest grace period, in whole seconds, that cuts no hook and kills no process, for every duration inside the
 * intervals. Undefined if no grace period is long enough, or if the durations are not known.
 *
 * The needed grace period is the time that the pod takes without any limit, rounded up. The kubelet gives a process at
 * least 2 s, and drops fractions of a second. Both only delay the kill, so this time does not contain them.
 */
export function neededGrace(
  containers: readonly StoppingContainer[],
  options: { readonly kubelet?: KubeletVersion } = {},
): number | undefined {
  const unhurried = timeline(containers, ENDLESS_SECONDS, options).stoppedAt.max;
  // If a hook is cut or a process is killed even with this grace period, no grace period is long enough.
  return unhurried < ENDLESS_SECONDS ? Math.ceil(unhurried) : undefined;
}
