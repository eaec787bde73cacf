import { ENDLESS_SECONDS } from "../hook/interval.ts";
import type { KubeletVersion } from "./kubelet.ts";
import type { StoppingContainer } from "./stop-container.ts";
import { timeline } from "./timeline.ts";

/**
 * The smallest grace period, in whole seconds, with which no hook is cut and nothing is killed, for every duration
 * inside the intervals. Undefined if there is none or it is not known.
 *
 * It is the time that the pod takes without any limit, rounded up. The 2 s that the kubelet always gives and the fractions
 * that it drops do not count: both come after the grace period.
 */
export function neededGrace(
  containers: readonly StoppingContainer[],
  options: { readonly kubelet?: KubeletVersion } = {},
): number | undefined {
  const unhurried = timeline(containers, ENDLESS_SECONDS, options).stoppedAt.max;
  // If a hook is cut or a process killed even with this grace period, no grace period is long enough.
  return unhurried < ENDLESS_SECONDS ? Math.ceil(unhurried) : undefined;
}
