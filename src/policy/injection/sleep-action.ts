import type { Configuration } from "../model/configuration.ts";

/**
 * API server and kubelet support the sleep action from 1.30 on (gate PodLifecycleSleepAction). An older API server
 * refuses a pod with a sleep action.
 */
export const FIRST_MINOR_WITH_SLEEP = 30;

/**
 * A kubelet may be three minor versions older than the API server. So every kubelet supports the sleep action if the
 * API server is 1.33 or later.
 */
export const FIRST_MINOR_WITH_SLEEP_EVERYWHERE = 33;

/** The first version that accepts a sleep of 0 (gate PodLifecycleSleepActionAllowZero). */
export const FIRST_MINOR_WITH_SLEEP_OF_ZERO = 33;

export type NoSleepAction =
  | { readonly code: "off" | "version-unknown" }
  | { readonly code: "not-supported" | "nodes-too-old"; readonly kubernetesMinor: number };

/** The reason why no pod can get a sleep under this configuration; undefined if pods can get a sleep. */
export function withoutSleepAction({
  sleepAction,
  kubernetesMinor,
}: Pick<Configuration, "sleepAction" | "kubernetesMinor">): NoSleepAction | undefined {
  if (sleepAction === "Exec") return undefined;
  if (sleepAction === "Off") return { code: "off" };
  if (kubernetesMinor === undefined) return { code: "version-unknown" };
  if (kubernetesMinor < FIRST_MINOR_WITH_SLEEP) return { code: "not-supported", kubernetesMinor };
  if (sleepAction === "Auto" && kubernetesMinor < FIRST_MINOR_WITH_SLEEP_EVERYWHERE)
    return { code: "nodes-too-old", kubernetesMinor };
  return undefined;
}
