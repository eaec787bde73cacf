import type { Namespace } from "../policy/model/namespace.ts";
import type { Access } from "./access.ts";
import { type NamespaceEvents, watchNamespaces } from "./namespace-watch.ts";
import { createListPods, type ListPods } from "./pods.ts";
import { type ProbeEvents, watchReach } from "./probe/watch.ts";
import { type VersionEvents, watchVersion } from "./server-version.ts";
import { TIMINGS } from "./timings.ts";

/** The last known state of the cluster, from memory. Only `listPods` sends requests. */
export interface Cluster {
  /** Undefined until the namespaces are known. */
  namespace(name: string): Namespace | undefined;
  /** The minor version of the API servers; undefined until it is known. */
  readonly kubernetesMinor: number | undefined;
  readonly listPods: ListPods;
  readonly inSync: boolean;
  /** The number of namespaces with a label or annotation of gracekeeper. */
  readonly size: number;
  /** Seconds since the last response of the API server about namespaces; infinite before the first response. */
  ageSeconds(): number;
  /**
   * Waits until the namespaces and the version are known, or until the time is over. Returns whether the namespaces and
   * the version are known.
   */
  firstSync(milliseconds: number): Promise<boolean>;
  /** Starts the probe, which tests by a dry run in this namespace whether the API server reaches gracekeeper. */
  probe(namespace: string, events: ProbeEvents): void;
  stop(): void;
}

export interface ClusterEvents {
  readonly namespaces: NamespaceEvents;
  readonly version: VersionEvents;
}

/** Starts to watch the cluster and returns at once, even if the cluster is unreachable. */
export function connect(access: Access, events: ClusterEvents, timings = TIMINGS): Cluster {
  const stopped = new AbortController();
  const namespaces = watchNamespaces(access, events.namespaces, timings);
  const version = watchVersion(access, events.version, timings);
  const first = Promise.all([namespaces.synced, version.first]);
  return {
    namespace: (name) => namespaces.get(name),
    get kubernetesMinor() {
      return version.minor;
    },
    listPods: createListPods(access, stopped.signal, timings),
    get inSync() {
      return namespaces.inSync;
    },
    get size() {
      return namespaces.size;
    },
    ageSeconds: () => namespaces.ageSeconds(),
    firstSync: (milliseconds) => withinTime(first, milliseconds),
    probe(namespace, events) {
      void watchReach({ access, namespace, timings, signal: stopped.signal }, events);
    },
    stop() {
      namespaces.stop();
      version.stop();
      stopped.abort();
    },
  };
}

async function withinTime(event: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, milliseconds, false);
  void event.then(() => resolve(true));
  const came = await promise;
  clearTimeout(timer);
  return came;
}
