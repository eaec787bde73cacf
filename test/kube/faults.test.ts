import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import { TIMINGS } from "../../src/kube/timings.ts";
import type { Fault, FaultyApiServer } from "./faulty-api-server.ts";
import { read, seconds, until, type Watched, watched } from "./helper.ts";

/**
 * Every fault with the timings of production: namespaces change while it lasts, and when it has ended the watch must know
 * within 15 s. All at the same time, for the pauses have to grow to their longest first.
 */
const LASTS = 13_500;
const LIMIT = 15_000;

const FAULTS: readonly Fault[] = [
  ...(["refuse", "close", "drop", "stall", "stall-body", "stall-watch", "trickle"] as const),
  ...(["gone", "gone-event", "error-event", "garbage", "long-line", "no-metadata", "ends-at-once"] as const),
  ...[400, 401, 403, 404, 410, 500, 503].map((status) => ({ status })),
  ...[1, 5, 3600].map((retryAfter) => ({ status: 429, retryAfter })),
];

/** These do nothing to a first list. */
const OF_A_WATCH: ReadonlySet<Fault> = new Set([
  "stall-watch",
  "gone",
  "gone-event",
  "error-event",
  "ends-at-once",
]);

const JOBS = { jobs: 2 * FAULTS.length, timeout: 60_000 };

t.test("namespaces are right again within 15 s after every fault", JOBS, async (t) => {
  for (const fault of FAULTS) {
    const name = typeof fault === "string" ? fault : Object.values(fault).join(", Retry-After ");
    t.test(name, async (t) => measure(t, name, await afterSync(t, fault)));
    if (OF_A_WATCH.has(fault)) continue;
    t.test(`${name} at the start`, async (t) => measure(t, name, await atTheStart(t, fault)));
  }
});

function measure(t: Test, name: string, milliseconds: number): void {
  const text = `${(milliseconds / 1000).toFixed(1)} s`;
  t.ok(milliseconds <= LIMIT, text);
  t.comment(`${name}: ${text}`);
}

/** Milliseconds from the end of the fault until the changes made meanwhile are seen. */
async function afterSync(t: Test, fault: Fault): Promise<number> {
  const { server, watch } = await begin(t, (server) => {
    server.set("changed", seconds("1"));
    server.set("deleted", seconds("1"));
    server.set("other", { labels: { team: "a" } });
  });
  await watch.synced;
  await until(() => server.openWatches > 0, 1000);

  await server.fail(fault);
  await wait(LASTS / 2);
  t.equal(read(watch, "changed"), "1", "the last known value stands");
  server.set("changed", seconds("2"));
  server.set("added", seconds("3"));
  server.remove("deleted");
  await wait(LASTS / 2);
  const seen = () => ["changed", "added", "deleted"].map((name) => read(watch, name)).join();
  const took = await heal(t, server, () => seen() === "2,3,");
  t.equal(watch.size, 2);
  return took;
}

/** Milliseconds from the end of the fault until the first list is in. */
async function atTheStart(t: Test, fault: Fault): Promise<number> {
  const { server, watch } = await begin(t, async (server) => {
    server.set("changed", seconds("1"));
    await server.fail(fault);
  });
  await wait(LASTS);
  t.equal(watch.get("changed"), undefined, "nobody knows");
  t.equal(watch.inSync, false);
  return heal(t, server, () => read(watch, "changed") === "1");
}

async function begin(t: Test, prepare: (server: FaultyApiServer) => unknown): Promise<Watched> {
  const all = await watched(t, prepare, TIMINGS);
  t.teardown(() => t.comment(all.told.join(" | ")));
  return all;
}

async function heal(t: Test, server: FaultyApiServer, right: () => boolean): Promise<number> {
  const { length } = server.requests;
  t.ok(length < 40, `no hot loop: ${length} requests in ${LASTS / 1000} s`);
  await server.heal();
  const start = performance.now();
  await until(right, LIMIT + 5000);
  t.ok(right());
  return performance.now() - start;
}
