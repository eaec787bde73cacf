import type { Access } from "../access.ts";
import { type ApiFault, asFault } from "../api-fault.ts";
import { createFaultReport, type FaultEvents } from "../fault-report.ts";
import { pauseAfter, pauseAfterFault, repeat } from "../pause.ts";
import { lines, request } from "../request.ts";
import type { Timings } from "../timings.ts";

/** The objects to watch, and the handlers of their events. */
export interface Watched {
  /** The words after "watch" in an error message, such as "namespaces". */
  readonly what: string;
  /** The path of the collection, possibly with a field selector. */
  readonly path: string;
  readonly accept: string;
  /** The maximum length of a line of the watch, in bytes. */
  readonly longest: number;
  /** The resourceVersion from which a watch can continue; undefined if a new list is needed. */
  readonly resourceVersion: string | undefined;
  /** Lists the objects, and replaces all known objects. @throws ApiFault */
  list(signal: AbortSignal): Promise<void>;
  /** Handles a line of the watch. @throws ApiFault if the line cannot be read. */
  read(line: string): void;
  /** Called when the API server ends a watch normally. */
  contact(): void;
  /** Keeps the known objects, but the next attempt begins with a list. */
  forgetVersion(): void;
}

export interface Watching {
  /** Resolves after the first list. */
  readonly synced: Promise<void>;
  /** Whether a watch is open, or the last watch ended normally. */
  readonly inSync: boolean;
  stop(): void;
}

const GONE = 410;

/**
 * Client errors after which a watch can continue from the same resourceVersion. All other client errors need a new
 * list.
 */
const KEEPS_VERSION: ReadonlySet<number> = new Set([401, 403, 408, 429]);

/**
 * Keeps objects up to date by list and watch, until `stop`. The known objects stay while the API server is unreachable.
 *
 * - A watch that breaks continues from the last resourceVersion. A new list is needed only if the API server no longer
 *   has that resourceVersion (410), if an event cannot be read, or if the last list is old.
 * - A first 410 is not an error, because each compaction of etcd removes old versions.
 */
export function keepWatching(
  access: Access,
  watched: Watched,
  events: FaultEvents,
  timings: Timings,
): Watching {
  const stopped = new AbortController();
  const { signal } = stopped;
  const first = Promise.withResolvers<void>();
  const report = createFaultReport(events);
  let listAgainAt = 0;
  let inSync = false;
  /** The number of attempts in a row in which no watch stayed open. */
  let failures = 0;

  async function list(): Promise<void> {
    listAgainAt = performance.now() + timings.relist;
    await watched.list(signal);
    first.resolve();
  }

  // The recovery is reported only at the normal end of a watch, because a dead watch looks like a watch without events.
  const progress = (watch: "opened" | "stays"): void => {
    inSync = true;
    if (watch === "stays") failures = 0;
  };

  /** Returns the milliseconds until the next attempt. */
  function failed(fault: ApiFault, start: number): number {
    if (needsList(fault)) watched.forgetVersion();
    if (fault.status === GONE && failures <= 1) return 0;
    report.fault(fault.message);
    return pauseAfterFault(fault, failures, performance.now() - start, timings);
  }

  /** Makes a list if one is needed, and a watch. Returns the milliseconds until the next attempt. */
  async function attempt(start: number): Promise<number> {
    failures++;
    try {
      if (watched.resourceVersion === undefined || start > listAgainAt) await list();
      await openWatch({ access, watched, timings, signal }, progress);
      report.over();
      return Math.max(0, pauseAfter(failures, timings) - (performance.now() - start));
    } catch (error) {
      inSync = false;
      return signal.aborted ? 0 : failed(asFault(error, `watch ${watched.what}`), start);
    }
  }

  void repeat(attempt, signal, timings, events.crashed);
  return {
    synced: first.promise,
    get inSync() {
      return inSync;
    },
    stop: () => stopped.abort(),
  };
}

function needsList({ status = 0, unreadable }: ApiFault): boolean {
  return unreadable || (status >= 400 && status < 500 && !KEEPS_VERSION.has(status));
}

interface WatchRequest {
  readonly access: Access;
  readonly watched: Watched;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

/**
 * Handles the events of one watch, until the API server ends it normally. `progress` is called when the watch has
 * opened, and again when it has been open for a while.
 *
 * @throws ApiFault if the watch ends in any other way.
 */
async function openWatch(
  { access, watched, timings, signal }: WatchRequest,
  progress: (watch: "opened" | "stays") => void,
): Promise<void> {
  const from = encodeURIComponent(watched.resourceVersion ?? "");
  const query = `watch=true&allowWatchBookmarks=true&resourceVersion=${from}`;
  const call = {
    path: `${watched.path}${watched.path.includes("?") ? "&" : "?"}${query}&timeoutSeconds=${timings.watchSeconds}`,
    accept: watched.accept,
    what: `watch ${watched.what}`,
    silence: timings.silence,
    limit: timings.watchLimit,
    quietBody: true,
    signal,
  };
  let settling: NodeJS.Timeout | undefined;
  try {
    await request(access, call, async (body) => {
      progress("opened");
      settling = setTimeout(progress, timings.settled, "stays").unref();
      for await (const line of lines(body, watched.longest)) watched.read(line);
    });
  } finally {
    clearTimeout(settling);
  }
  watched.contact();
}
