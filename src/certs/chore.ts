import { asFault } from "../kube/api-fault.ts";
import { createFaultReport, type FaultEvents } from "../kube/fault-report.ts";
import { pauseAfter, pauseAfterFault, repeat } from "../kube/pause.ts";
import type { Timings } from "../kube/timings.ts";

export interface Chore {
  /** Requests a run of the work. The run starts at once, or when the pause after the last run has ended. */
  poke(): void;
  stop(): void;
}

export interface ChoreSettings {
  /** The words after "Cannot" in an error message. */
  readonly what: string;
  /** Does the work. Returns whether the work wrote something. @throws ApiFault, and the work is then repeated. */
  readonly work: (signal: AbortSignal) => Promise<boolean>;
  readonly events: FaultEvents;
  readonly timings: Timings;
}

/**
 * HTTP statuses that mean that another client changed the Kubernetes object first. Replicas often conflict once, so
 * only repeated conflicts are logged.
 */
const CONFLICT: ReadonlySet<number | undefined> = new Set([404, 409]);
const USUAL_CONFLICTS = 3;

/**
 * A rotation or a start needs at most this many writes in quick succession. More writes mean that another program
 * undoes them.
 */
const USUAL_WRITES = 5;

const WAR =
  "Another program keeps overwriting what gracekeeper writes. Let only gracekeeper change caBundle of the webhook configurations.";

/**
 * Work that is repeated whenever something may have changed. The work pauses after a fault, and while another program
 * undoes its writes.
 */
export function createChore({ what, work, events, timings }: ChoreSettings): Chore {
  const stopped = new AbortController();
  const { signal } = stopped;
  const report = createFaultReport(events);
  let poked = Promise.withResolvers<void>();
  let failures = 0;
  let writes = 0;
  let wroteAt = Number.NEGATIVE_INFINITY;

  /** Returns the milliseconds until the next run. */
  function done(wrote: boolean, now: number): number {
    failures = 0;
    if (wrote) {
      writes = now - wroteAt < timings.longestPause * 2 ? writes + 1 : 1;
      wroteAt = now;
    }
    const atWar = writes > USUAL_WRITES && now - wroteAt < timings.longestPause * 2;
    if (atWar) report.fault(WAR);
    else report.over();
    return wrote ? pauseAfter(Math.max(0, writes - USUAL_WRITES), timings) : 0;
  }

  function failed(error: unknown, start: number): number {
    const fault = asFault(error, what);
    failures++;
    poked.resolve();
    if (!CONFLICT.has(fault.status) || failures > USUAL_CONFLICTS) report.fault(fault.message);
    return pauseAfterFault(fault, failures, performance.now() - start, timings);
  }

  async function attempt(): Promise<number> {
    await poked.promise;
    poked = Promise.withResolvers<void>();
    if (signal.aborted) return 0;
    const start = performance.now();
    try {
      return done(await work(signal), performance.now());
    } catch (error) {
      if (signal.aborted) return 0;
      return failed(error, start);
    }
  }

  void repeat(attempt, signal, timings, events.crashed);
  return {
    poke: () => poked.resolve(),
    stop() {
      stopped.abort();
      poked.resolve();
    },
  };
}
