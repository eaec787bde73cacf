import type { Interval } from "../../hook/interval.ts";
import type { Unheard } from "../../hook/main-process/main-process.ts";
import type { HookReading } from "../../hook/reading.ts";
import type { Container } from "../../termination/pod.ts";
import type { Settings } from "../settings/resolve.ts";
import type { PodOrTemplate } from "./pod.ts";

/**
 * A pod with all the input of the rules: how long its hooks take, and when the kubelet stops its containers. In
 * seconds.
 */
export interface PodFacts {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly graceSeconds: number;
  /** Main containers and sidecars, without those of other injectors: what rules check. */
  readonly containers: readonly ContainerFacts[];
  /** The containers that have a hook. */
  readonly hooked: readonly HookedContainer[];
  /** The containers whose hook gets time. With a grace period of 0 a hook gets 1 s, and grace-zero reports that. */
  readonly hookStarts: readonly HookedContainer[];
  /** The containers whose hook can run. A hook that cannot run takes no time. */
  readonly hookRuns: readonly HookedContainer[];
  /** All main containers and sidecars, with those of other injectors, for the timeline. */
  readonly running: readonly RunningContainer[];
  /** The ones that carry the app's traffic and get their stop signal at once. */
  readonly proxies: readonly ProxyFacts[];
  /**
   * The grace period that a message prints: long enough for every hook, as far as its length is known, and then for the
   * shutdown of every app. An endless hook counts as removed.
   */
  readonly graceNeeded: number;
  /** `graceNeeded` before it is rounded up. */
  readonly leastGrace: number;
  /** How many apps shut down one after the other, between the end of all hooks and the shutdown of the last app. */
  readonly mostFollowers: number;
  /**
   * Whether the hooks are final. False for a template in an unknown namespace: injection may still add a hook to its
   * pods.
   */
  readonly settled: boolean;
}

export interface RunningContainer {
  readonly container: Container;
  /** Field path of the container: `spec.containers[0]`. */
  readonly path: string;
  readonly hook: HookFacts | undefined;
  /** How long its postStart hook takes; undefined if there is none, or if it fails at once. */
  readonly postStart: Interval | undefined;
  /**
   * How long its app takes after the stop signal: the shutdown time of the pod, or the proxy's own time if that is
   * known.
   */
  readonly shutdownSeconds: number;
  /** Set if its main process certainly or possibly ignores the stop signal, and its hook does not stop it either. */
  readonly unheard: Unheard | undefined;
  /** Whether it certainly ignores the signal and serves requests. Then a longer grace period does not help it. */
  readonly runsUntilKill: boolean;
}

export interface ProxyFacts extends RunningContainer {
  /** How long it runs after its stop signal; infinite if it may wait for the app, or if the time cannot be read. */
  readonly goesOnSeconds: number;
}

export interface ContainerFacts extends RunningContainer {
  /**
   * When it gets its stop signal if the grace period is long enough for all: after its own hook. A sidecar also waits
   * for the main containers and the later sidecars, whose apps take up to their shutdown time.
   */
  readonly turn: Interval;
  /** The latest time of its stop signal if hooks without a known limit take their known run. */
  readonly plannedTurn: number;
  /** How many sidecars shut down after it, one after the other. */
  readonly followers: number;
}

export interface HookedContainer extends ContainerFacts {
  readonly hook: HookFacts;
}

export interface HookFacts {
  readonly reading: HookReading;
  /** The time that was read, narrowed by the declaration of the pod. */
  readonly seconds: Interval;
  /** The known run in seconds, as in `HookReading`. It lies within `seconds`. */
  readonly known: number;
  /** The declaration of the pod, if it contradicts the time that was read. */
  readonly contradiction: Interval | undefined;
  /** True for a sleep that we added and that has not changed since. */
  readonly addedByUs: boolean;
}
