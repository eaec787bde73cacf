import { setTimeout as wait } from "node:timers/promises";
import t from "tap";
import type { Access } from "../../src/kube/access.ts";
import { watchNamespaces } from "../../src/kube/namespace-watch.ts";
import {
  INJECT_LABEL,
  MAX_GRACE_SECONDS,
  SHUTDOWN_SECONDS,
  VALIDATE_LABEL,
} from "../../src/policy/model/keys.ts";
import { FaultyApiServer } from "./faulty-api-server.ts";
import { PATIENT, read, SHORT, seconds, until, watched } from "./helper.ts";
import "../patience.ts";

t.test(
  "before the first list a namespace is unknown; after it a namespace without our keys is empty",
  async (t) => {
    const { server, watch } = await watched(t, async (server) => {
      server.set("ours", seconds("5"));
      server.set("theirs", { labels: { team: "a" }, annotations: { note: "b" } });
      await server.fail("stall");
    });
    t.equal(watch.get("ours"), undefined);
    t.equal(watch.get("theirs"), undefined);
    t.equal(watch.ageSeconds(), Number.POSITIVE_INFINITY);
    t.equal(watch.inSync, false);
    t.equal(watch.size, 0);
    await server.heal();
    await watch.synced;
    t.equal(read(watch, "ours"), "5");
    const empty = watch.get("theirs");
    t.equal(empty?.name, "theirs");
    t.equal(empty?.labels.size, 0);
    t.equal(empty?.annotations.size, 0);
    t.equal(watch.get("never-seen")?.labels, empty?.labels, "one pair of maps for all");
    t.equal(watch.size, 1);
    t.ok(watch.ageSeconds() < 1);
    await until(() => watch.inSync);
    t.ok(watch.inSync);
  },
);

t.test("the watch lists only metadata in pages, then watches from the list's resourceVersion", async (t) => {
  const { server, watch } = await watched(
    t,
    (server) => {
      for (let count = 0; count < 1201; count++) server.set(`n-${count}`, seconds("1"));
    },
    PATIENT,
  );
  await watch.synced;
  await until(() => server.watches >= 1);
  t.equal(watch.size, 1201);
  t.same(server.requests.slice(0, 4), [
    "/api/v1/namespaces?limit=500",
    "/api/v1/namespaces?limit=500&continue=500",
    "/api/v1/namespaces?limit=500&continue=1000",
    "/api/v1/namespaces?watch=true&allowWatchBookmarks=true&resourceVersion=1202&timeoutSeconds=0.5",
  ]);
  const [list, , , follow] = server.headers;
  t.match(list?.accept, /^application\/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,/);
  t.match(follow?.accept, /^application\/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,/);
  t.equal(follow?.authorization, "Bearer secret");
});

t.test("an event changes only its namespace", async (t) => {
  const { server, watch } = await watched(t, (server) => server.set("a", seconds("1")), PATIENT);
  await watch.synced;
  await until(() => server.openWatches === 1);
  server.set("a", { labels: { [VALIDATE_LABEL]: "warn", team: "x" } });
  server.set("b", { labels: { [INJECT_LABEL]: "enabled" }, annotations: { [MAX_GRACE_SECONDS]: "60" } });
  server.set("c", { labels: { team: "y" } });
  server.set("d", seconds("9"));
  await until(() => watch.size === 3);
  t.same([...(watch.get("a")?.labels ?? [])], [[VALIDATE_LABEL, "warn"]]);
  t.equal(watch.get("a")?.annotations.size, 0);
  t.same([...(watch.get("b")?.labels ?? [])], [[INJECT_LABEL, "enabled"]]);
  t.same([...(watch.get("b")?.annotations ?? [])], [[MAX_GRACE_SECONDS, "60"]]);
  server.set("a", { labels: { team: "x" } });
  server.remove("b");
  await until(() => watch.size === 1);
  t.equal(watch.get("a")?.labels.size, 0);
  t.equal(watch.get("b")?.labels.size, 0);
  server.set("c", { labels: { team: "y", "istio.io/rev": "1-27" } });
  server.set("e", { annotations: { "linkerd.io/inject": "enabled" } });
  await until(() => watch.size === 3);
  t.equal(watch.get("c")?.announcedBy, "istio.io/rev", "of a mesh only what announces its proxy");
  t.equal(watch.get("e")?.announcedBy, "linkerd.io/inject");
  server.set("c", { labels: { team: "y" } });
  await until(() => watch.size === 2);
  t.equal(watch.get("c")?.announcedBy, undefined);
  t.equal(server.lists, 1);
});

/** Seconds that a watch lasts at least. A timer may fire a little early. */
const LEAST_WATCH = 0.9 * SHORT.watchSeconds;

t.test("a new watch continues from the last resourceVersion without a list", async (t) => {
  const { server, watch, told } = await watched(t, (server) => server.set("a", seconds("1")), PATIENT);
  await watch.synced;
  const begun = performance.now();
  await until(() => server.openWatches === 1);
  server.bookmark();
  for (let count = 2; count < 5; count++) {
    await until(() => server.watches >= count);
    const renewed = (performance.now() - begun) / 1000 - watch.ageSeconds();
    t.ok(renewed > (count - 1) * LEAST_WATCH, "an orderly end is a sign of life");
    t.ok(watch.inSync);
  }
  t.match(server.requests.at(-1), "&resourceVersion=3&", "the bookmark's");
  server.set("a", seconds("2"));
  await until(() => server.requests.at(-1)?.includes("&resourceVersion=4&") ?? false);
  t.pass("the event's");
  t.equal(server.lists, 1);
  t.same(told, ["synced 1"]);
});

t.test("after a 410 a new list replaces all namespaces at once", async (t) => {
  const { server, watch, told } = await watched(
    t,
    (server) => {
      for (let count = 0; count < 600; count++) server.set(`n-${count}`, seconds("1"));
    },
    PATIENT,
  );
  await watch.synced;
  await until(() => server.openWatches === 1);
  await server.fail("refuse");
  server.set("n-0", seconds("2"));
  server.remove("n-1");
  server.set("new", seconds("3"));
  server.compact();
  server.goneWhilePaging = 1;
  await server.heal();
  const seen = new Set<string>();
  await until(() => {
    seen.add([read(watch, "n-0"), read(watch, "n-1"), read(watch, "new"), watch.size].join());
    return watch.size === 600 && read(watch, "new") === "3";
  });
  t.same([...seen], ["1,1,,600", "2,,3,600"]);
  await until(() => told.includes("recovered"));
  t.equal(server.lists, 3, "the list starts again when its pages are gone");
});

t.test("one 410 is not reported as a fault, but repeated ones are", async (t) => {
  const { server, watch, told } = await watched(t, () => undefined, PATIENT);
  await watch.synced;
  await until(() => server.openWatches === 1);
  await wait(SHORT.settled + 50);
  server.compact();
  await server.fail("gone-event");
  await server.heal();
  await until(() => server.lists === 2 && server.openWatches === 1);
  t.same(told, ["synced 0"]);
  await wait(SHORT.settled + 50);
  await server.fail("gone-event");
  await until(() => told.length > 1);
  t.same(told, ["synced 0", "The API server ended the watch of namespaces with code 410."]);
});

t.test("a fault and its end are reported once each", async (t) => {
  const { server, watch, told } = await watched(t, (server) => server.fail({ status: 503 }), PATIENT);
  await until(() => server.requests.length > 4);
  const unavailable = "Cannot list namespaces: the API server answered HTTP 503.";
  t.same(told, [unavailable]);
  await server.fail({ status: 403 });
  await until(() => told.length > 1);
  await server.heal();
  await until(() => told.length > 3);
  const forbidden =
    "Permission to list namespaces denied (HTTP 403). Grant this permission to the service account of gracekeeper.";
  await until(() => server.watches >= 4);
  t.same(told, [unavailable, forbidden, "synced 0", "recovered"]);
  for (const count of [5, 7]) {
    await server.fail("close");
    await until(() => told.length === count);
    t.equal(watch.inSync, false);
    await server.heal();
    await until(() => told.length === count + 1);
  }
  const closed = "Cannot watch namespaces: no connection to the API server (ECONNRESET).";
  t.same(told.slice(4), [closed, "recovered", closed, "recovered"], "it is told again when it has come back");
});

t.test("a silent watch is never reported as recovered", async (t) => {
  const { server, watch, told } = await watched(t);
  await watch.synced;
  await until(() => server.openWatches === 1);
  await server.fail("stall-watch");
  await until(() => server.watches >= 4);
  t.same(told, [
    "synced 0",
    "Cannot watch namespaces: the API server does not answer. Check that the network policy allows the port of the API server.",
  ]);
  t.ok(watch.ageSeconds() > 1, "the age says it");
});

/** Timings whose pauses differ so much that their order is clear on a busy machine, too. */
const FAR_APART = { ...PATIENT, longestPause: 600, longestRetryAfter: 3000 };

t.test("requests are slow after a 403, and Retry-After is obeyed up to a limit", async (t) => {
  const order: number[] = [];
  const askedAgain = async (fault: { status: number; retryAfter?: number }): Promise<void> => {
    const { server } = await watched(t, (server) => server.fail(fault), FAR_APART);
    await until(() => server.requests.length > 1);
    order.push(fault.status);
  };
  const faults = [{ status: 429, retryAfter: 3600 }, { status: 403 }, { status: 500 }];
  await Promise.all(faults.map(askedAgain));
  t.same(order, [500, 403, 429], "the first pause, the longest one, and what Retry-After gets at most");
});

t.test("a watch that ends immediately is not restarted immediately", async (t) => {
  const { server, watch, told } = await watched(t, () => undefined, PATIENT);
  await watch.synced;
  await server.fail("ends-at-once");
  await wait(300);
  const before = server.requests.length;
  let ticks = 0;
  const clock = setInterval(() => {
    ticks += 1;
  }, SHORT.longestPause / 3);
  await until(() => ticks >= 20);
  clearInterval(clock);
  const begun = server.requests.length - before;
  t.ok(
    begun > 0 && begun <= ticks,
    `${begun} in ${ticks} thirds of the longest pause: each takes half of one at least`,
  );
  t.ok(watch.inSync);
  await until(() => watch.ageSeconds() < 0.45);
  t.ok(watch.ageSeconds() < 1, "each one renews the age");
  t.same(told, ["synced 0"]);
});

t.test("a rejected resourceVersion causes a new list", async (t) => {
  for (const [status, lists] of [
    [400, 2],
    [410, 2],
    [429, 1],
    [500, 1],
  ] as const) {
    const { server, watch, told } = await watched(t, () => undefined, PATIENT);
    await watch.synced;
    await until(() => server.openWatches === 1);
    await server.fail({ status });
    await until(() => told.length > 2);
    await server.heal();
    await until(() => server.openWatches === 1);
    t.equal(server.lists > 1, lists > 1, `HTTP ${status}`);
  }
});

t.test("the periodic list finds changes that the watch missed", async (t) => {
  const { server, watch } = await watched(t, () => undefined, { ...SHORT, relist: 400 });
  await watch.synced;
  server.namespaces.set("lost", { metadata: { name: "lost", resourceVersion: "1", ...seconds("4") } });
  await until(() => read(watch, "lost") === "4");
  t.equal(read(watch, "lost"), "4");
  t.ok(server.lists < 4);
});

t.test("a page that is too large is requested again with a smaller limit", async (t) => {
  const { server, watch } = await watched(
    t,
    (server) => {
      const annotations = { note: "x".repeat(256 * 1024), [SHUTDOWN_SECONDS]: "7" };
      for (let count = 0; count < 60; count++) server.set(`n-${count}`, { annotations });
    },
    PATIENT,
  );
  await watch.synced;
  t.equal(watch.size, 60);
  t.equal(read(watch, "n-59"), "7");
  t.match(server.requests[1], /limit=50$/);
  t.match(server.requests[2], /limit=5$/);
});

t.test("extreme metadata is read or causes a new list", async (t) => {
  const { server, watch, told } = await watched(
    t,
    (server) => {
      const keys = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k-${index}`, "v"]));
      const odd = { name: "odd", resourceVersion: "1", labels: null, annotations: [1, 2] };
      server.set("many", { annotations: { ...keys, [SHUTDOWN_SECONDS]: "1" } });
      server.set("long", seconds("9".repeat(256 * 1024)));
      server.namespaces.set("odd", { metadata: odd });
      server.namespaces.set("types", {
        metadata: {
          ...odd,
          name: "types",
          labels: { [INJECT_LABEL]: 5 },
          annotations: { [SHUTDOWN_SECONDS]: {} },
        },
      });
      server.namespaces.set(
        "proto",
        JSON.parse('{"metadata":{"name":"proto","resourceVersion":"1","labels":{"__proto__":{"a":1}}}}'),
      );
    },
    PATIENT,
  );
  await watch.synced;
  t.equal(watch.size, 2);
  t.equal(read(watch, "many"), "1");
  t.equal(read(watch, "long")?.length, 64);
  for (const name of ["odd", "types", "proto"]) t.equal(watch.get(name)?.labels.size, 0, name);
  t.equal(watch.get("__proto__")?.labels.size, 0);
  await until(() => server.openWatches === 1);
  await server.fail("no-metadata");
  await server.heal();
  await until(() => server.lists >= 2);
  t.equal(server.lists, 2);
  t.match(told[1], "without metadata");
});

t.test("stop ends the connection, and neither requests nor events follow", async (t) => {
  const { server, watch, told } = await watched(t, (server) => server.set("a", seconds("1")), PATIENT);
  await watch.synced;
  await until(() => server.openWatches === 1);
  watch.stop();
  await until(() => server.openWatches === 0);
  const { length } = server.requests;
  await wait(300);
  t.equal(server.requests.length, length);
  t.same(told, ["synced 1"]);
  t.equal(read(watch, "a"), "1");
});

t.test("reading credentials has a time limit", async (t) => {
  const told: string[] = [];
  const access = {
    target: () => new Promise<never>(() => undefined),
    refused: () => undefined,
    namespace: undefined,
  };
  const failed = (reason: string) => told.push(reason);
  const none = () => undefined;
  const events = { synced: none, failed, recovered: none, crashed: none };
  const watch = watchNamespaces(access, events, SHORT);
  t.teardown(() => watch.stop());
  await until(() => told.length > 0);
  t.same(told, [
    "Cannot list namespaces: the API server does not answer. Check that the network policy allows the port of the API server.",
  ]);
});

t.test("an internal error is reported as a crash, and the watch tries again", async (t) => {
  const server = await FaultyApiServer.start(t);
  const access = await server.access();
  const crashes: unknown[] = [];
  let attempts = 0;
  const broken: Access = {
    ...access,
    target() {
      if (++attempts <= 2) throw new TypeError("undefined is not a function");
      return access.target();
    },
  };
  const failed: string[] = [];
  const none = () => undefined;
  const crashed = (error: unknown) => crashes.push(error);
  const events = { synced: none, failed: (reason: string) => failed.push(reason), recovered: none, crashed };
  const watch = watchNamespaces(broken, events, SHORT);
  t.teardown(() => watch.stop());
  await watch.synced;
  t.same(crashes.map(String), Array(2).fill("TypeError: undefined is not a function"));
  t.same(failed, [], "it is not an error of the API server");
});
