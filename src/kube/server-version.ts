import { asObject } from "../json.ts";
import type { Access } from "./access.ts";
import { ApiFault, asFault } from "./api-fault.ts";
import { createFaultReport, type FaultEvents } from "./fault-report.ts";
import { pauseAfterFault, repeat } from "./pause.ts";
import { json, request } from "./request.ts";
import { TIMINGS } from "./timings.ts";

export interface ServerVersion {
  /**
   * The minor version in use, such as 32 for 1.32; undefined until the first response. The last version stays in use if
   * the API server fails.
   */
  readonly minor: number | undefined;
  /** Resolves after the first response. */
  readonly first: Promise<void>;
  stop(): void;
}

export interface VersionEvents extends FaultEvents {
  /** Called when another minor version comes into use. `before` is undefined for the first version. */
  changed(minor: number, before: number | undefined): void;
}

/** A response has about 400 bytes. */
const LONGEST = 64 * 1024;

/** Asks the API server for its version at once and then every minute, even after errors. */
export function watchVersion(access: Access, events: VersionEvents, timings = TIMINGS): ServerVersion {
  const stopped = new AbortController();
  const { signal } = stopped;
  const first = Promise.withResolvers<void>();
  const report = createFaultReport(events);
  const version = createSteadyVersion(timings.versionSteady);
  let failures = 0;

  async function look(): Promise<void> {
    const call = {
      path: "/version",
      accept: "application/json",
      what: "read the version of the cluster",
      silence: timings.silence,
      limit: timings.answer,
      signal,
    };
    const { value } = await request(access, call, (body) => json(body, LONGEST));
    const before = version.minor;
    const minor = version.see(readMinor(value), performance.now());
    failures = 0;
    report.over();
    if (minor !== before) events.changed(minor, before);
    first.resolve();
  }

  async function attempt(start: number): Promise<number> {
    try {
      await look();
      return timings.versionLook;
    } catch (error) {
      if (signal.aborted) return 0;
      const fault = asFault(error, "read the version of the cluster");
      report.fault(fault.message);
      return pauseAfterFault(fault, ++failures, performance.now() - start, timings);
    }
  }

  void repeat(attempt, signal, timings, events.crashed);
  return {
    get minor() {
      return version.minor;
    },
    first: first.promise,
    stop: () => stopped.abort(),
  };
}

export interface SteadyVersion {
  readonly minor: number | undefined;
  /**
   * Records the minor version of a response that arrived at `now` (in milliseconds). Returns the minor version to use.
   */
  see(minor: number, now: number): number;
}

/**
 * During an upgrade, API servers of two versions answer, and the older one may refuse new fields. So a lower version
 * takes effect at once. A higher version takes effect only if all responses of the last `steady` milliseconds have at
 * least that version.
 */
export function createSteadyVersion(steady: number): SteadyVersion {
  /**
   * The responses that decide about a higher version. The list begins with the newest response that is at least
   * `steady` milliseconds old. If all responses are newer, the list has all of them.
   */
  let looks: readonly { readonly minor: number; readonly at: number }[] = [];
  let minor: number | undefined;
  return {
    get minor() {
      return minor;
    },
    see(seen, now) {
      const all = [...looks, { minor: seen, at: now }];
      const boundary = all.findLastIndex(({ at }) => now - at >= steady);
      looks = all.slice(Math.max(0, boundary));
      const lowest = Math.min(...looks.map((look) => look.minor));
      if (minor === undefined || seen < minor) minor = seen;
      else if (lowest > minor) minor = lowest;
      return minor;
    },
  };
}

/**
 * The minor version in the response of /version (k8s.io/apimachinery, version.Info). Providers write "32+".
 *
 * @throws ApiFault if the response has no minor version, or if the major version is not 1.
 */
function readMinor(value: unknown): number {
  const { major, minor } = asObject(value) ?? {};
  const digits = major === "1" && typeof minor === "string" ? /^\d{1,4}(?=\+?$)/.exec(minor)?.[0] : undefined;
  if (digits === undefined) throw new ApiFault("The API server sent a version that cannot be read.");
  return Number(digits);
}
