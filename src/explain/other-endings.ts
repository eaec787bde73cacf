import { type Ending, OTHER_ENDINGS } from "./ending.ts";
import { isHarmed, type StoppablePod, type StoppedContainer, stopOn } from "./stop.ts";

/** What an ending does to a pod, in short. */
export interface OtherEnding {
  readonly ending: Ending;
  /** What it gives, in seconds: for each probe its own. */
  readonly graceSeconds: readonly number[];
  /** The containers whose hook or app is cut off, or may be. */
  readonly harmed: readonly Harm[];
  /** How many containers it stops. */
  readonly stopped: number;
}

export type Harm = Pick<
  StoppedContainer,
  "name" | "hook" | "stopSignalAt" | "exitAt" | "exitedBy" | "killAt"
>;

/** The other endings that stop a container of this pod. */
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
