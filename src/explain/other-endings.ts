import { type Ending, OTHER_ENDINGS } from "./ending.ts";
import { isHarmed, type StoppablePod, type StoppedContainer, stopOn } from "./stop.ts";

/** A summary of how a drain, an eviction or the like affects a pod. */
export interface OtherEnding {
  readonly ending: Ending;
  /**
   * The grace periods of the containers in seconds, without duplicates. Only liveness probes can give the containers of
   * a pod different grace periods.
   */
  readonly graceSeconds: readonly number[];
  /** The containers whose hook or app is, or may be, cut off. */
  readonly harmed: readonly Harm[];
  readonly stopped: number;
}

export type Harm = Pick<
  StoppedContainer,
  "name" | "hook" | "stopSignalAt" | "exitAt" | "exitedBy" | "killAt"
>;

/** A summary of each way to stop a pod (drain, eviction and so on), if it stops a container of this pod. */
export function otherEndings(pod: StoppablePod): readonly OtherEnding[] {
  return OTHER_ENDINGS.flatMap((ending) => {
    const stop = stopOn(ending, pod);
    if (stop === undefined) return [];
    const { containers } = stop;
    return {
      ending,
      graceSeconds: [...new Set(containers.map(({ graceSeconds }) => graceSeconds))],
      harmed: containers.filter(isHarmed).map(harmOf),
      stopped: containers.length,
    };
  });
}

function harmOf({ name, hook, stopSignalAt, exitAt, exitedBy, killAt }: StoppedContainer): Harm {
  return { name, hook, stopSignalAt, exitAt, exitedBy, killAt };
}
