import type { Interval } from "../../hook/interval.ts";
import type { Unheard } from "../../hook/main-process/main-process.ts";
import type { HookReading } from "../../hook/reading.ts";
import type { Container } from "../../termination/pod.ts";
import type { Settings } from "../settings/resolve.ts";
import type { PodOrTemplate } from "./pod.ts";

/**
 * The input of the rules for one pod, such as the durations of its hooks, and the times at which the kubelet stops its
 * containers. Times are in seconds.
 */
export interface PodFacts {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly graceSeconds: number;
  /** The containers that rules check: main containers and sidecars, except containers that other injectors add. */
  readonly containers: readonly ContainerFacts[];
  /** The containers that have a hook. */
  readonly hooked: readonly HookedContainer[];
  /**
   * The containers whose hook has time to run. If the grace period is 0, the list is empty, and grace-zero reports the
   * hooks.
   */
  readonly hookStarts: readonly HookedContainer[];
  /** The containers whose hook can run. A hook that cannot run takes no time. */
  readonly hookRuns: readonly HookedContainer[];
  /** The containers that the timeline shows: all main containers and sidecars, also those that other injectors add. */
  readonly running: readonly RunningContainer[];
  /** The proxies that carry the app's traffic and get their stop signal at once. */
  readonly proxies: readonly ProxyFacts[];
  /**
   * The grace period that a message advises: enough for the duration that the author of each hook seems to intend, and
   * then for the shutdown of every app. An endless hook is left out, because it has to be removed.
   */
  readonly graceNeeded: number;
  /** `graceNeeded` before it is rounded up. */
  readonly leastGrace: number;
  /** The largest number of sidecars that wait for the same container, and then stop one after the other. */
  readonly mostFollowers: number;
  /** Whether the hooks of the pods are final. False if injection or a controller may still add a hook. */
  readonly settled: boolean;
}

export interface RunningContainer {
  readonly container: Container;
  /** Field path of the container: `spec.containers[0]`. */
  readonly path: string;
  readonly hook: HookFacts | undefined;
  /** How long the postStart hook of the container takes; undefined if there is none, or if it fails at once. */
  readonly postStart: Interval | undefined;
  /**
   * How long the app takes after the stop signal: the shutdown time of the pod, or the drain time of a proxy if it is
   * known.
   */
  readonly shutdownSeconds: number;
  /**
   * Set if the main process ignores or may ignore the stop signal. The value is undefined if the hook itself stops the
   * main process.
   */
  readonly unheard: Unheard | undefined;
  /**
   * Whether the main process certainly ignores the stop signal and serves requests. A longer grace period does not help
   * such an app.
   */
  readonly runsUntilKill: boolean;
}

export interface ProxyFacts extends RunningContainer {
  /**
   * How long the proxy runs after its stop signal; infinite if the proxy may wait for the app, or if the time cannot be
   * read.
   */
  readonly goesOnSeconds: number;
}

export interface ContainerFacts extends RunningContainer {
  /**
   * The time at which the container gets its stop signal, if the grace period is long enough for all containers. The
   * container's own hook runs before the signal. A sidecar also waits for the main containers and the later sidecars.
   * Each of their apps may need its whole shutdown time.
   */
  readonly turn: Interval;
  /** The latest time of the stop signal. A hook whose duration has no upper bound counts with its `known` seconds. */
  readonly plannedTurn: number;
  /** How many sidecars stop after this container, one after the other. */
  readonly followers: number;
}

export interface HookedContainer extends ContainerFacts {
  readonly hook: HookFacts;
}

export interface HookFacts {
  readonly reading: HookReading;
  /** How long the hook takes: the interval of its `HookReading`, narrowed by the pod's declaration. */
  readonly seconds: Interval;
  /**
   * The duration in seconds that the hook's author seems to intend, from the `HookReading`, but within the bounds of
   * `seconds`.
   */
  readonly known: number;
  /** The pod's declaration, if it contradicts the `HookReading`. */
  readonly contradiction: Interval | undefined;
  /** True for a sleep that injection added, and that has not changed since. */
  readonly addedByUs: boolean;
}
