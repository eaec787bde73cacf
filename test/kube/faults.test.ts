import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import { TIMINGS } from "../../src/kube/timings.ts";
import { DEEP } from "../cases.ts";
import type { Fault, FaultyApiServer } from "./faulty-api-server.ts";
import { read, seconds, until, type Watched, watched } from "./helper.ts";
import "../patience.ts";

/**
 * Tests every fault with the timings of production. Namespaces change during a fault, and the watch must see the
 * changes within 15 s after the fault. All faults run in parallel, because each test waits until pauses have grown to
 * their longest.
 */
const LASTS = 13_500;
const LIMIT = 15_000;
/** A busy machine may need more than 15 s. The limit of a minute only ends a test that hangs. */
const HANG = 60_000;

const FAULTS: readonly Fault[] = [
  ...(["refuse", "close", "drop", "stall", "stall-body", "stall-watch", "trickle"] as const),
  ...(["gone", "gone-event", "error-event", "garbage", "long-line", "no-metadata", "ends-at-once"] as const),
  ...[400, 401, 403, 404, 410, 500, 503].map((status) => ({ status })),
  ...[1, 5, 3600].map((retryAfter) => ({ status: 429, retryAfter })),
];

/** Faults that do not affect the first list. */
const OF_A_WATCH: ReadonlySet<Fault> = new Set([
  "stall-watch",
  "gone",
  "gone-event",
  "error-event",
  "ends-at-once",
]);

const JOBS = {
  jobs: 2 * FAULTS.length,
  timeout: 120_000,
  skip: DEEP ? false : "it waits out the pauses of production, half a minute: DEEP=1",
};

/**
 * A silent watch is cut, then the client lists and starts a new watch. When the fault ends, the client may repeat two
 * requests.
 */
const MOST_REQUESTS = 4;

t.test("namespaces are up to date after every fault, without a hot loop", JOBS, async (t) => {
  for (const fault of FAULTS) {
    const name = typeof fault === "string" ? fault : Object.values(fault).join(", Retry-After ");
    t.test(name, (t) => afterSync(t, fault));
    if (OF_A_WATCH.has(fault)) continue;
    t.test(`${name} during the first list`, (t) => atTheStart(t, fault));
  }
});

t.test("every pause and timeout in production is below 15 s", async (t) => {
  const { watchLimit, firstPause, silence, answer, longestPause, longestRetryAfter } = TIMINGS;
  for (const longest of [watchLimit + firstPause, silence, answer, longestPause, longestRetryAfter])
    t.ok(longest < LIMIT, `${longest} ms`);
});

/** Checks that the watch sees changes that were made during the fault, after the fault ends. */
async function afterSync(t: Test, fault: Fault): Promise<void> {
  const { server, watch } = await begin(t, (server) => {
    server.set("changed", seconds("1"));
    server.set("deleted", seconds("1"));
    server.set("other", { labels: { team: "a" } });
  });
  await watch.synced;
  await until(() => server.openWatches > 0);

  await server.fail(fault);
  await wait(LASTS / 2);
  t.equal(read(watch, "changed"), "1", "the last known value stands");
  server.set("changed", seconds("2"));
  server.set("added", seconds("3"));
  server.remove("deleted");
  await wait(LASTS / 2);
  const seen = () => ["changed", "added", "deleted"].map((name) => read(watch, name)).join();
  await heal(t, server, () => seen() === "2,3,");
  t.equal(watch.size, 2);
}

/** Checks that the first list succeeds after the fault ends. */
async function atTheStart(t: Test, fault: Fault): Promise<void> {
  const { server, watch } = await begin(t, async (server) => {
    server.set("changed", seconds("1"));
    await server.fail(fault);
  });
  await wait(LASTS);
  t.equal(watch.get("changed"), undefined, "nobody knows");
  t.equal(watch.inSync, false);
  await heal(t, server, () => read(watch, "changed") === "1");
}

async function begin(t: Test, prepare: (server: FaultyApiServer) => unknown): Promise<Watched> {
  const all = await watched(t, prepare, TIMINGS);
  t.teardown(() => t.comment(all.told.join(" | ")));
  return all;
}

async function heal(t: Test, server: FaultyApiServer, right: () => boolean): Promise<void> {
  const { length } = server.requests;
  t.ok(length < 40, `no hot loop: ${length} requests in ${LASTS / 1000} s`);
  await server.heal();
  await until(right, HANG);
  t.ok(right());
  const asked = server.requests.length - length;
  t.ok(asked <= MOST_REQUESTS, `${asked} requests until it knows`);
}
