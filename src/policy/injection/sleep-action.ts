import type { Configuration } from "../model/configuration.ts";

/** API server and kubelet have the sleep action from 1.30 on (gate PodLifecycleSleepAction). Before, it makes a pod invalid. */
export const FIRST_MINOR_WITH_SLEEP = 30;

/** A kubelet may be three minor versions behind: from this API server on, every kubelet has the action. */
export const FIRST_MINOR_WITH_SLEEP_EVERYWHERE = 33;

/** From here on a sleep of 0 is accepted (gate PodLifecycleSleepActionAllowZero). */
export const FIRST_MINOR_WITH_SLEEP_OF_ZERO = 33;

/** Why no pod gets a sleep under this configuration; undefined if pods get one. */
export function withoutSleepAction({
  sleepAction,
  kubernetesMinor,
}: Pick<Configuration, "sleepAction" | "kubernetesMinor">): string | undefined {
  if (sleepAction === "Exec") return undefined;
  if (sleepAction === "Off") return "sleepAction is Off";
  if (kubernetesMinor === undefined)
    return "the version of Kubernetes is not known: set kubernetesVersion in the configuration";
  if (kubernetesMinor < FIRST_MINOR_WITH_SLEEP)
    return `Kubernetes 1.${kubernetesMinor} has no sleep action: upgrade, or set sleepAction: Exec`;
  if (sleepAction === "Auto" && kubernetesMinor < FIRST_MINOR_WITH_SLEEP_EVERYWHERE)
    return `nodes under Kubernetes 1.${kubernetesMinor} may be too old for the sleep action: if none is, set sleepAction: Native`;
  return undefined;
}
