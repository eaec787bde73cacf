import type { Interval } from "../../hook/interval.ts";
import type { Unheard } from "../../hook/main-process/main-process.ts";
import type { HookReading } from "../../hook/reading.ts";
import type { Container } from "../../termination/pod.ts";
import type { Settings } from "../settings/resolve.ts";
import type { PodOrTemplate } from "./pod.ts";

/** A pod with everything that findings look at: how long its hooks take, and what the kubelet makes of it. Seconds. */
export interface PodFacts {
  readonly subject: PodOrTemplate;
  readonly settings: Settings;
  readonly graceSeconds: number;
  /** Main containers and sidecars, without those of other injectors: what rules check. */
  readonly containers: readonly ContainerFacts[];
  /** Those of them with a hook. */
  readonly hooked: readonly HookedContainer[];
  /** Those whose hook gets time. Under a grace period of 0 a hook gets 1 s, and grace-zero reports that. */
  readonly hookStarts: readonly HookedContainer[];
  /** Those whose hook can run. A hook that cannot run takes no time. */
  readonly hookRuns: readonly HookedContainer[];
  /** All main containers and sidecars, for the timeline. */
  readonly running: readonly RunningContainer[];
  /** Those of them that carry the app's traffic and get their stop signal at once. */
  readonly proxies: readonly ProxyFacts[];
  /**
   * The grace we would print: every hook ends, as far as its length is known, and then every app has its shutdown time.
   * An endless hook counts as removed.
   */
  readonly graceNeeded: number;
  /** The same to the second. */
  readonly leastGrace: number;
  /** How many apps shut down one after the other, after all hooks and before the last one. */
  readonly mostFollowers: number;
  /**
   * Whether the pod has the hooks it will have. False for a template in an unknown namespace: injection may still
   * add one to its pods.
   */
  readonly settled: boolean;
}

export interface RunningContainer {
  readonly container: Container;
  /** Field path of the container: `spec.containers[0]`. */
  readonly path: string;
  readonly hook: HookFacts | undefined;
  /** How long its postStart hook takes; undefined where there is none, or it fails at once. */
  readonly postStart: Interval | undefined;
  /** How long its app takes after the stop signal: as for the whole pod, or a proxy's own time where that is known. */
  readonly shutdownSeconds: number;
  /** Set where its main process does not hear the stop signal, surely or perhaps, and the hook does not stop it either. */
  readonly unheard: Unheard | undefined;
  /** Whether that is sure, and requests come meanwhile: then a longer grace is of no use to it. */
  readonly runsUntilKill: boolean;
}

export interface ProxyFacts extends RunningContainer {
  /** How long it goes on after its stop signal; infinite where it may wait for the app, or that cannot be read. */
  readonly goesOnSeconds: number;
}

export interface ContainerFacts extends RunningContainer {
  /**
   * When it gets its stop signal if the grace is long enough for all: after its own hook and, for a sidecar, after
   * the main containers and later sidecars have ended, each app taking up to its shutdown time.
   */
  readonly turn: Interval;
  /** The latest it comes if hooks without a known limit take the run that is meant. */
  readonly plannedTurn: number;
  /** How many sidecars shut down after it, one after the other. */
  readonly followers: number;
}

export interface HookedContainer extends ContainerFacts {
  readonly hook: HookFacts;
}

export interface HookFacts {
  readonly reading: HookReading;
  /** What was read, narrowed by what the pod declares. */
  readonly seconds: Interval;
  /** The run that is meant, in seconds, as in `HookReading`; within `seconds`. */
  readonly known: number;
  /** What the pod declares where it contradicts what was read. */
  readonly contradiction: Interval | undefined;
  /** True for a sleep that we added and that is unchanged since. */
  readonly addedByUs: boolean;
}
