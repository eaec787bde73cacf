import type { Namespace } from "../policy/model/namespace.ts";
import type { Access } from "./access.ts";
import type { FaultEvents } from "./fault-report.ts";
import { LONGEST, listNamespaces, NAMESPACES } from "./namespace-list.ts";
import { readNamespaceEvent } from "./namespace-object.ts";
import { createNamespaceStore } from "./namespace-store.ts";
import { TIMINGS } from "./timings.ts";
import { keepWatching } from "./watch/keep-watching.ts";

export interface NamespaceWatch {
  /**
   * Undefined until the first list. After the list, an unknown namespace is treated as a namespace without labels and
   * annotations of gracekeeper.
   */
  get(name: string): Namespace | undefined;
  /** Resolves after the first list. */
  readonly synced: Promise<void>;
  /** Whether a watch is open, or the last watch ended normally. */
  readonly inSync: boolean;
  /** The number of namespaces with a label or annotation of gracekeeper. */
  readonly size: number;
  /**
   * Seconds since the API server last sent a list page or an event, or ended a watch normally; infinite before that.
   */
  ageSeconds(): number;
  stop(): void;
}

export interface NamespaceEvents extends FaultEvents {
  /**
   * Called when the first list of namespaces is complete. `count` namespaces have a label or annotation of gracekeeper.
   */
  synced(count: number): void;
}

const ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/** Keeps gracekeeper's labels and annotations of all namespaces up to date until `stop`. */
export function watchNamespaces(access: Access, events: NamespaceEvents, timings = TIMINGS): NamespaceWatch {
  const store = createNamespaceStore();
  const watched = {
    what: "namespaces",
    path: NAMESPACES,
    accept: ACCEPT,
    longest: LONGEST,
    get resourceVersion() {
      return store.resourceVersion;
    },
    async list(signal: AbortSignal) {
      const isFirst = !store.listed;
      store.replaceAll(await listNamespaces(access, signal, timings, store.contact));
      if (isFirst) events.synced(store.size);
    },
    read: (line: string) => store.apply(readNamespaceEvent(line)),
    contact: store.contact,
    forgetVersion: store.forgetVersion,
  };
  const watching = keepWatching(access, watched, events, timings);
  return {
    get: store.get,
    synced: watching.synced,
    get inSync() {
      return watching.inSync;
    },
    get size() {
      return store.size;
    },
    ageSeconds: store.ageSeconds,
    stop: watching.stop,
  };
}
