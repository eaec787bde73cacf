import { ENDLESS_SECONDS } from "../hook/interval.ts";
import type { KubeletVersion } from "./kubelet.ts";
import { type StoppingContainer, timeline } from "./timeline.ts";

/**
 * The smallest whole grace, in seconds, for which no hook is cut and nothing is killed, however long inside its
 * interval each takes; undefined where there is none or none can be told.
 *
 * It is the time the pod takes when it has all the time in the world, rounded up. Neither the 2 s that the
 * kubelet gives in any case nor the fractions it drops are counted on: both come after the grace.
 */
export function neededGrace(
  containers: readonly StoppingContainer[],
  options: { readonly kubelet?: KubeletVersion } = {},
): number | undefined {
  const unhurried = timeline(containers, ENDLESS_SECONDS, options).stoppedAt.max;
  // A hook that may be cut and a process that may be killed take up even this grace.
  return unhurried < ENDLESS_SECONDS ? Math.ceil(unhurried) : undefined;
}
