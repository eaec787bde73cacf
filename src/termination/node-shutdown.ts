/**
 * How graceful node shutdown is set up, in the words of KubeletConfiguration; seconds instead of durations.
 *
 * Source: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (1.24 to 1.36, same before in
 * nodeshutdown_manager_linux.go).
 */
export interface ShutdownConfiguration {
  /** For all pods together, critical ones included. */
  readonly shutdownGracePeriod?: number;
  /** The part of it that is kept for critical pods. */
  readonly shutdownGracePeriodCriticalPods?: number;
  /** Stands in place of the two others. */
  readonly shutdownGracePeriodByPodPriority?: readonly ShutdownGroup[];
}

export interface ShutdownGroup {
  readonly priority: number;
  readonly shutdownGracePeriodSeconds: number;
}

/** `scheduling.SystemCriticalPriority`: system-cluster-critical; system-node-critical lies above. */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

/**
 * What a pod of this priority is given on node shutdown, in seconds; undefined where the kubelet stops no pods then.
 */
export function nodeShutdownSeconds(config: ShutdownConfiguration, priority: number): number | undefined {
  const groups = shutdownGroups(config);
  // `Start`: nothing is set up when the sum of all groups is 0, which is the default.
  if (!groups.some((group) => group.shutdownGracePeriodSeconds > 0)) return undefined;
  // `groupByPriority`: the highest group that is not above the pod; below all of them, the lowest.
  const group = groups.findLast((candidate) => candidate.priority <= priority) ?? groups[0];
  return group?.shutdownGracePeriodSeconds;
}

/** `newPodManager`: the groups in ascending priority. */
function shutdownGroups(config: ShutdownConfiguration): readonly ShutdownGroup[] {
  const groups = config.shutdownGracePeriodByPodPriority ?? [];
  return groups.length === 0 ? migrate(config) : groups.toSorted((a, b) => a.priority - b.priority);
}

/** `migrateConfig`: two groups, 0 and critical. Nothing where critical pods are to get more than there is. */
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
