import type { Namespace } from "../policy/model/namespace.ts";
import type { Access } from "./access.ts";
import { type ApiFault, asFault } from "./api-fault.ts";
import { createFaultReport, type FaultEvents } from "./fault-report.ts";
import { get, lines } from "./get.ts";
import { LONGEST, listNamespaces, NAMESPACES } from "./namespace-list.ts";
import { type NamespaceEvent, readEvent } from "./namespace-object.ts";
import { pause, pauseAfter, pauseAfterFault } from "./pause.ts";
import { TIMINGS } from "./timings.ts";

export interface NamespaceWatch {
  /** Undefined until the first list has come: nobody knows. After it, a namespace with nothing of ours is an empty one. */
  get(name: string): Namespace | undefined;
  /** The first list has come. */
  readonly synced: Promise<void>;
  /** A watch is open, or the last one ended in order. */
  readonly inSync: boolean;
  /** How many namespaces have something of ours. */
  readonly size: number;
  /** Since the last list page, event, bookmark, or orderly end of a watch; infinite before. */
  ageSeconds(): number;
  stop(): void;
}

export interface NamespaceEvents extends FaultEvents {
  /** The first list has come. `count` namespaces have something of ours. */
  synced(count: number): void;
}

const WATCH_ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/** What most namespaces say of us. One pair for all. */
const NOTHING: Omit<Namespace, "name"> = Object.freeze({
  labels: Object.freeze(new Map<string, string>()),
  annotations: Object.freeze(new Map<string, string>()),
});

const GONE = 410;

/** After these the watch can go on where it was; any other 4xx says that it cannot. */
const NOT_ABOUT_THE_VERSION: ReadonlySet<number> = new Set([401, 403, 408, 429]);

/**
 * Keeps the labels and annotations of ours of all namespaces, by list and watch, without end and whatever happens: while
 * the API server cannot be had, the last known values stand.
 *
 * - A watch that breaks off goes on from the last version it saw. A new list, which replaces all that is known at once,
 *   is made only when that version is gone (410), or when what came could not be read.
 * - A first 410 is no fault: versions go when etcd is compacted.
 */
export function watchNamespaces(access: Access, events: NamespaceEvents, timings = TIMINGS): NamespaceWatch {
  const stopped = new AbortController();
  const { signal } = stopped;
  const first = Promise.withResolvers<void>();
  const report = createFaultReport(events);
  let namespaces: Map<string, Namespace> | undefined;
  let resourceVersion: string | undefined;
  let listAgainAt = 0;
  let contactAt = Number.NEGATIVE_INFINITY;
  let inSync = false;
  /** Attempts in a row, this one included, in which no watch stayed open. */
  let failures = 0;

  function contact(): void {
    contactAt = performance.now();
  }

  async function list(): Promise<void> {
    listAgainAt = performance.now() + timings.relist;
    const listing = await listNamespaces(access, signal, timings, contact);
    const isFirst = namespaces === undefined;
    ({ namespaces, resourceVersion } = listing);
    if (!isFirst) return;
    events.synced(namespaces.size);
    first.resolve();
  }

  /** Ends in order when the API server ends it. */
  async function watch(from: string): Promise<void> {
    const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(from)}`;
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
        inSync = true;
        settling = setTimeout(stays, timings.settled).unref();
        for await (const line of lines(body, LONGEST)) take(readEvent(line));
      });
    } finally {
      clearTimeout(settling);
    }
    contact();
    report.over();
  }

  /** No word of recovery yet: a silent watch looks like a quiet one. */
  function stays(): void {
    failures = 0;
  }

  function take({ type, name, namespace, ...event }: NamespaceEvent): void {
    contact();
    resourceVersion = event.resourceVersion;
    if (type === "BOOKMARK") return;
    if (type === "DELETED" || namespace === undefined) namespaces?.delete(name);
    else namespaces?.set(name, namespace);
  }

  /** How long to wait. */
  function failed(fault: ApiFault, start: number): number {
    inSync = false;
    const { status = 0 } = fault;
    const versionIsBad = status >= 400 && status < 500 && !NOT_ABOUT_THE_VERSION.has(status);
    if (versionIsBad || fault.unreadable) resourceVersion = undefined;
    if (status === GONE && failures <= 1) return 0;
    report.fault(fault.message);
    return pauseAfterFault(fault, failures, performance.now() - start, timings);
  }

  /** One attempt. Gives how long to wait for the next. */
  async function round(start: number): Promise<number> {
    failures++;
    try {
      if (resourceVersion === undefined || start > listAgainAt) await list();
      if (resourceVersion !== undefined) await watch(resourceVersion);
      return Math.max(0, pauseAfter(failures, timings) - (performance.now() - start));
    } catch (error) {
      return signal.aborted ? 0 : failed(asFault(error, "watch namespaces"), start);
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) await pause(await round(performance.now()), signal);
  }

  run();
  return {
    get(name) {
      if (namespaces === undefined) return undefined;
      return namespaces.get(name) ?? { name, ...NOTHING };
    },
    synced: first.promise,
    get inSync() {
      return inSync;
    },
    get size() {
      return namespaces?.size ?? 0;
    },
    ageSeconds: () => (performance.now() - contactAt) / 1000,
    stop: () => stopped.abort(),
  };
}
