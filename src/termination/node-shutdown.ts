/**
 * The settings of graceful node shutdown, named as in KubeletConfiguration, in seconds.
 *
 * Source: pkg/kubelet/nodeshutdown/nodeshutdown_manager.go (1.24 to 1.36; before, nodeshutdown_manager_linux.go had the
 * same code).
 */
export interface ShutdownConfiguration {
  /** The time for all pods, including critical pods. */
  readonly shutdownGracePeriod?: number;
  /** The part of `shutdownGracePeriod` that is reserved for critical pods. */
  readonly shutdownGracePeriodCriticalPods?: number;
  /** If not empty, this list replaces the two other settings. */
  readonly shutdownGracePeriodByPodPriority?: readonly ShutdownGroup[];
}

export interface ShutdownGroup {
  readonly priority: number;
  readonly shutdownGracePeriodSeconds: number;
}

/**
 * `scheduling.SystemCriticalPriority`: the priority of system-cluster-critical; system-node-critical has a higher
 * priority.
 */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

/** The seconds that a pod with this priority gets on node shutdown; undefined if the kubelet stops no pods then. */
export function nodeShutdownSeconds(config: ShutdownConfiguration, priority: number): number | undefined {
  const groups = shutdownGroups(config);
  // `Start` does nothing if the time of every group is 0, which is the default.
  if (!groups.some((group) => group.shutdownGracePeriodSeconds > 0)) return undefined;
  // `groupByPriority`: the group with the highest priority up to the pod's priority; if there is none, the lowest
  // group.
  const group = groups.findLast((candidate) => candidate.priority <= priority) ?? groups[0];
  return group?.shutdownGracePeriodSeconds;
}

/** `newPodManager` sorts the groups by ascending priority. */
function shutdownGroups(config: ShutdownConfiguration): readonly ShutdownGroup[] {
  const groups = config.shutdownGracePeriodByPodPriority ?? [];
  return groups.length === 0 ? migrate(config) : groups.toSorted((a, b) => a.priority - b.priority);
}

/**
 * `migrateConfig` makes two groups, with priority 0 and with the critical priority. `migrateConfig` makes no group if
 * critical pods would get more than the whole time.
 */
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
