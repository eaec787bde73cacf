import { ENDLESS_SECONDS } from "../hook/interval.ts";
import { type StoppingContainer, type TimelineOptions, timeline } from "./timeline.ts";

/**
 * The smallest whole grace, in seconds, for which no hook is cut and nothing is killed, however long inside its interval
 * each takes; undefined where there is none or none can be told.
 *
 * It is the time the pod takes when it has all the time in the world, rounded up. Neither the kubelet's minimum of 2 s nor
 * the fractions it drops are counted on: both come after the grace.
 */
export function neededGrace(
  containers: readonly StoppingContainer[],
  options: Pick<TimelineOptions, "kubelet" | "scope"> = {},
): number | undefined {
  const unhurried = timeline(containers, ENDLESS_SECONDS, options);
  const wellEnded = unhurried.containers.every(
    ({ hook, exitedBy }) =>
      hook?.outcome !== "cut" &&
      hook?.outcome !== "may-be-cut" &&
      exitedBy !== "kill" &&
      exitedBy !== "cannot-tell",
  );
  return wellEnded ? Math.ceil(unhurried.stoppedAt.max) : undefined;
}
