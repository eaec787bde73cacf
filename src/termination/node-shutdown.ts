/**
 * The settings of graceful node shutdown, named as in KubeletConfiguration, in seconds.
 *
 * Source: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (1.24 to 1.36, same before in
 * nodeshutdown_manager_linux.go).
 */
export interface ShutdownConfiguration {
  /** The time for all pods, critical ones included. */
  readonly shutdownGracePeriod?: number;
  /** The part of that time that is reserved for critical pods. */
  readonly shutdownGracePeriodCriticalPods?: number;
  /** Replaces the two other settings. */
  readonly shutdownGracePeriodByPodPriority?: readonly ShutdownGroup[];
}

export interface ShutdownGroup {
  readonly priority: number;
  readonly shutdownGracePeriodSeconds: number;
}

/** `scheduling.SystemCriticalPriority`: system-cluster-critical; system-node-critical lies above. */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

/**
 * The time of a pod with this priority on node shutdown, in seconds; undefined if the kubelet then stops no pods.
 */
export function nodeShutdownSeconds(config: ShutdownConfiguration, priority: number): number | undefined {
  const groups = shutdownGroups(config);
  // `Start`: does nothing if the sum of all groups is 0, which is the default.
  if (!groups.some((group) => group.shutdownGracePeriodSeconds > 0)) return undefined;
  // `groupByPriority`: the group with the highest priority that is not above the pod's, else the lowest group.
  const group = groups.findLast((candidate) => candidate.priority <= priority) ?? groups[0];
  return group?.shutdownGracePeriodSeconds;
}

/** `newPodManager`: the groups in ascending priority. */
function shutdownGroups(config: ShutdownConfiguration): readonly ShutdownGroup[] {
  const groups = config.shutdownGracePeriodByPodPriority ?? [];
  return groups.length === 0 ? migrate(config) : groups.toSorted((a, b) => a.priority - b.priority);
}

/** `migrateConfig`: two groups, 0 and critical. None if critical pods would get more than the whole time. */
function migrate({
  shutdownGracePeriod: all = 0,
  shutdownGracePeriodCriticalPods: critical = 0,
}: ShutdownConfiguration): readonly ShutdownGroup[] {
  if (all === 0 || critical > all || critical < 0) return [];
  return [
    { priority: 0, shutdownGracePeriodSeconds: Math.floor(all - critical) },
    { priority: SYSTEM_CRITICAL_PRIORITY, shutdownGracePeriodSeconds: Math.floor(critical) },
  ];
}
