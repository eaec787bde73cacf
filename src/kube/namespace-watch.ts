import type { Namespace } from "../policy/model/namespace.ts";
import type { Access } from "./access.ts";
import { type ApiFault, asFault } from "./api-fault.ts";
import { createFaultReport, type FaultEvents } from "./fault-report.ts";
import { get, lines } from "./get.ts";
import { LONGEST, listNamespaces, NAMESPACES } from "./namespace-list.ts";
import { readEvent } from "./namespace-object.ts";
import { createNamespaceStore, type NamespaceStore } from "./namespace-store.ts";
import { pauseAfter, pauseAfterFault, repeat } from "./pause.ts";
import { TIMINGS, type Timings } from "./timings.ts";

export interface NamespaceWatch {
  /** Undefined until the first list. After it, an unknown namespace is one without anything of ours. */
  get(name: string): Namespace | undefined;
  /** Resolves after the first list. */
  readonly synced: Promise<void>;
  /** A watch is open, or the last one ended in order. */
  readonly inSync: boolean;
  /** How many namespaces have something of ours. */
  readonly size: number;
  /** Seconds since the last list page, event, bookmark, or orderly end of a watch; infinite before. */
  ageSeconds(): number;
  stop(): void;
}

export interface NamespaceEvents extends FaultEvents {
  /** The first list has come. `count` namespaces have something of ours. */
  synced(count: number): void;
}

const WATCH_ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

const GONE = 410;

/** Client errors after which the watch can go on from the same version. After all others a new list is needed. */
const KEEPS_VERSION: ReadonlySet<number> = new Set([401, 403, 408, 429]);

/**
 * Keeps our labels and annotations of all namespaces, by list and watch, until `stop`. While the API server cannot be
 * reached, the last known values stay.
 *
 * - A watch that breaks goes on from the last version it saw. A new list, which replaces everything at once, is made only
 *   when that version is gone (410), or when what came could not be read.
 * - A first 410 is not an error: versions go when etcd is compacted.
 */
export function watchNamespaces(access: Access, events: NamespaceEvents, timings = TIMINGS): NamespaceWatch {
  const stopped = new AbortController();
  const { signal } = stopped;
  const first = Promise.withResolvers<void>();
  const report = createFaultReport(events);
  const store = createNamespaceStore();
  let listAgainAt = 0;
  let inSync = false;
  /** Attempts in a row in which no watch stayed open. */
  let failures = 0;

  async function list(): Promise<void> {
    listAgainAt = performance.now() + timings.relist;
    const isFirst = !store.listed;
    store.replaceAll(await listNamespaces(access, signal, timings, store.contact));
    if (isFirst) events.synced(store.size);
    first.resolve();
  }

  // Not reported as recovered yet: a silent watch looks like a quiet one.
  const progress = (watch: "opened" | "stays"): void => {
    inSync = true;
    if (watch === "stays") failures = 0;
  };

  /** Gives the milliseconds to wait. */
  function failed(fault: ApiFault, start: number): number {
    if (needsList(fault)) store.forgetVersion();
    if (fault.status === GONE && failures <= 1) return 0;
    report.fault(fault.message);
    return pauseAfterFault(fault, failures, performance.now() - start, timings);
  }

  /** One list or watch. Gives the milliseconds to wait before the next. */
  async function attempt(start: number): Promise<number> {
    failures++;
    try {
      if (store.resourceVersion === undefined || start > listAgainAt) await list();
      await openWatch({ access, store, timings, signal }, progress);
      report.over();
      return Math.max(0, pauseAfter(failures, timings) - (performance.now() - start));
    } catch (error) {
      inSync = false;
      return signal.aborted ? 0 : failed(asFault(error, "watch namespaces"), start);
    }
  }

  void repeat(attempt, signal, timings, events.crashed);
  return {
    get: store.get,
    synced: first.promise,
    get inSync() {
      return inSync;
    },
    get size() {
      return store.size;
    },
    ageSeconds: store.ageSeconds,
    stop: () => stopped.abort(),
  };
}

function needsList({ status = 0, unreadable }: ApiFault): boolean {
  return unreadable || (status >= 400 && status < 500 && !KEEPS_VERSION.has(status));
}

interface WatchRequest {
  readonly access: Access;
  readonly store: NamespaceStore;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

/**
 * Keeps the store up to date through one watch, until the API server ends it in order. `progress` is called when the
 * watch has opened, and again when it has stayed open for a while.
 *
 * @throws ApiFault when it ends in any other way.
 */
async function openWatch(
  { access, store, timings, signal }: WatchRequest,
  progress: (watch: "opened" | "stays") => void,
): Promise<void> {
  const from = encodeURIComponent(store.resourceVersion ?? "");
  const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${from}`;
  const call = {
    path: `${NAMESPACES}?${query}&timeoutSeconds=${timings.watchSeconds}`,
    accept: WATCH_ACCEPT,
    what: "watch namespaces",
    silence: timings.silence,
    limit: timings.watchLimit,
    quietBody: true,
    signal,
  };
  let settling: NodeJS.Timeout | undefined;
  try {
    await get(access, call, async (body) => {
      progress("opened");
      settling = setTimeout(progress, timings.settled, "stays").unref();
      for await (const line of lines(body, LONGEST)) store.apply(readEvent(line));
    });
  } finally {
    clearTimeout(settling);
  }
  store.contact();
}
