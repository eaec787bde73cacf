import { setTimeout as wait } from "node:timers/promises";
import { type NamespaceWatch, watchNamespaces } from "../../src/kube/namespace-watch.ts";
import { TIMINGS, type Timings } from "../../src/kube/timings.ts";
import { SHUTDOWN_SECONDS } from "../../src/policy/model/keys.ts";
import { FaultyApiServer } from "./faulty-api-server.ts";

/** Short timings, for tests of the order of events. */
export const SHORT: Timings = {
  ...TIMINGS,
  watchSeconds: 0.5,
  watchLimit: 800,
  silence: 350,
  answer: 500,
  settled: 100,
  firstPause: 20,
  longestPause: 150,
  longestRetryAfter: 600,
  versionLook: 50,
  versionSteady: 300,
  podsForbidden: 300,
  probe: 20,
};

/** Long time limits, for tests without a silent API server. A busy machine must not cause a timeout. */
export const PATIENT: Timings = { ...SHORT, answer: 60_000, silence: 60_000, watchLimit: 60_000 };

interface Teardown {
  teardown(end: () => unknown): void;
}

export interface Watched {
  readonly server: FaultyApiServer;
  readonly watch: NamespaceWatch;
  /** The events that the listener of the watch got. */
  readonly told: readonly string[];
}

/** Starts and prepares a fake API server, and a watch on it. Server and watch end with the test. */
export async function watched(
  t: Teardown,
  prepare: (server: FaultyApiServer) => unknown = () => undefined,
  timings = SHORT,
): Promise<Watched> {
  const server = await FaultyApiServer.start(t);
  await prepare(server);
  const told: string[] = [];
  const watch = watchNamespaces(
    await server.access(),
    {
      synced: (count) => told.push(`synced ${count}`),
      failed: (reason) => told.push(reason),
      recovered: () => told.push("recovered"),
      crashed: (error) => told.push(`crashed: ${error}`),
    },
    timings,
  );
  t.teardown(() => watch.stop());
  return { server, watch, told };
}

/** Metadata with the annotation for a shutdown time. */
export function seconds(value: string) {
  return { annotations: { [SHUTDOWN_SECONDS]: value } };
}

/** The shutdown time in the annotation of a namespace, as the watch knows it. */
export function read(watch: NamespaceWatch, name: string): string | undefined {
  return watch.get(name)?.annotations.get(SHUTDOWN_SECONDS);
}

/**
 * Waits until `done` returns true. The limit only ends a test that hangs. @throws at the limit, because later waits
 * would take as long again.
 */
export async function until(done: () => boolean, milliseconds = 60_000): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!done()) {
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${done}`);
    await wait(5);
  }
}
