import t from "tap";
import {
  createListPods,
  type Listed,
  type ListPods,
  type PodLimits,
  type RunningPod,
} from "../../src/kube/pods.ts";
import { FaultyApiServer } from "./faulty-api-server.ts";
import { SHORT, until } from "./helper.ts";
import "../patience.ts";

interface Gathered extends Listed {
  readonly pods: readonly RunningPod[];
  readonly pages: readonly number[];
}

interface Prepared {
  readonly server: FaultyApiServer;
  /** Lists pods, and returns the result with all pods that the callback got. */
  readonly listPods: (namespace: string, limits: PodLimits) => Promise<Gathered | undefined>;
  readonly list: ListPods;
  readonly stop: () => void;
}

const HOUR = 3_600_000;

async function prepared(
  t: { teardown(end: () => unknown): void },
  pods: number,
  timings = SHORT,
): Promise<Prepared> {
  const server = await FaultyApiServer.start(t);
  server.pods = Array.from({ length: pods }, (_, index) => ({
    metadata: { name: `pod-${index}`, managedFields: [{ manager: "kubelet" }] },
    spec: { containers: [] },
    status: { phase: "Running" },
  }));
  const end = new AbortController();
  const list = createListPods(await server.access(), end.signal, timings);
  const listPods: Prepared["listPods"] = async (namespace, limits) => {
    const pages: (readonly RunningPod[])[] = [];
    const listed = await list(namespace, limits, async (pods) => pages.push(pods) > 0);
    return listed && { ...listed, pods: pages.flat(), pages: pages.map(({ length }) => length) };
  };
  return { server, list, listPods, stop: () => end.abort() };
}

const LIMITS = { limit: 3000, milliseconds: 5000 };

t.test("running pods are listed page by page, complete except for managedFields", async (t) => {
  const { server, listPods } = await prepared(t, 201);
  server.pods[3] = { metadata: { name: "ends", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const listed = await listPods("shop", LIMITS);
  t.equal(listed?.looked, 200);
  t.equal(listed?.more, false);
  t.same(listed?.pages, [99, 100, 1]);
  t.same(listed?.pods[0], {
    metadata: { name: "pod-0" },
    spec: { containers: [] },
    status: { phase: "Running" },
  });
  const path =
    "/api/v1/namespaces/shop/pods?fieldSelector=status.phase!%3DSucceeded%2Cstatus.phase!%3DFailed&limit=100";
  t.same(server.requests, [path, `${path}&continue=100`, `${path}&continue=200`]);
});

t.test("the listing stops at its limit and says whether there are more pods", async (t) => {
  const { server, listPods } = await prepared(t, 1000);
  const less = await listPods("shop", { ...LIMITS, limit: 500 });
  t.equal(less?.looked, 500);
  t.equal(less?.more, true);
  t.equal(server.requests.length, 5);
  const some = await listPods("shop", { ...LIMITS, limit: 750 });
  t.equal(some?.pods.length, 750);
  t.equal(some?.more, true);
  const all = await listPods("shop", { ...LIMITS, limit: 1000 });
  t.equal(all?.pods.length, 1000);
  t.equal(all?.more, false);
});

t.test("an empty namespace has no pods", async (t) => {
  const { listPods } = await prepared(t, 0);
  t.same(await listPods("shop", LIMITS), { looked: 0, more: false, pods: [], pages: [0] });
});

t.test("after the time limit the result is undefined, and the request ends", async (t) => {
  const { server, listPods } = await prepared(t, 1500, { ...SHORT, silence: HOUR });
  await server.fail("stall");
  t.equal(await listPods("shop", { limit: 3000, milliseconds: 200 }), undefined, "nothing ever comes");
  await server.heal();
  server.podDelay = 150;
  t.equal(await listPods("shop", { limit: 3000, milliseconds: 250 }), undefined, "between pages");
  t.equal(await listPods("shop", { limit: 3000, milliseconds: 0 }), undefined);
  server.podDelay = 0;
  await server.fail("trickle");
  t.equal(await listPods("shop", { limit: 3000, milliseconds: 1200 }), undefined, "bytes do not put it off");
  await until(() => server.connections === 0);
  t.equal(server.connections, 0);
});

t.test("without permission the result is undefined, and there is no request for a while", async (t) => {
  const { server, listPods } = await prepared(t, 1);
  server.podsForbidden = true;
  t.equal(await listPods("shop", LIMITS), undefined);
  server.podsForbidden = false;
  t.equal(await listPods("shop", LIMITS), undefined);
  t.equal(await listPods("other", LIMITS), undefined);
  t.equal(server.requests.length, 1);
  await new Promise((resolve) => setTimeout(resolve, SHORT.podsForbidden));
  t.equal((await listPods("shop", LIMITS))?.pods.length, 1);
});

t.test("after any fault the result is undefined, and the next listing sends a request", async (t) => {
  const { server, listPods } = await prepared(t, 1);
  for (const fault of ["close", "refuse", "drop", "garbage", "long-line", { status: 500 }] as const) {
    await server.fail(fault);
    t.equal(await listPods("shop", LIMITS), undefined, JSON.stringify(fault));
    await server.heal();
    t.equal((await listPods("shop", LIMITS))?.pods.length, 1);
  }
});

t.test(
  "items that are not pods are skipped, and for a body that is not a list the result is undefined",
  async (t) => {
    const { server, listPods } = await prepared(t, 1);
    server.pods.push(null, 5, "pod", []);
    t.equal((await listPods("shop", LIMITS))?.pods.length, 1);
    await server.fail("no-metadata");
    t.same(await listPods("shop", LIMITS), {
      looked: 1,
      more: false,
      pods: [{ metadata: {} }],
      pages: [1],
    });
  },
);

t.test("the bytes of a listing and of a page are bounded", async (t) => {
  const { server, listPods } = await prepared(t, 0);
  server.pods = Array.from({ length: 3000 }, () => ({ metadata: { note: "x".repeat(24 * 1024) } }));
  t.equal(await listPods("shop", { limit: 3000, milliseconds: 20_000 }), undefined, "70 MiB");
  t.equal(server.requests.length, 21);
  t.equal((await listPods("shop", { limit: 2000, milliseconds: 20_000 }))?.looked, 2000, "47 MiB");
  server.pods = Array.from({ length: 100 }, () => ({ metadata: { note: "x".repeat(42 * 1024) } }));
  t.equal(await listPods("shop", LIMITS), undefined, "4.1 MiB");
});

t.test("only one listing runs at a time, and the result of a second is undefined", async (t) => {
  const { server, listPods } = await prepared(t, 1);
  server.podDelay = 100;
  const answers = await Promise.all([1, 2, 3].map(() => listPods("shop", LIMITS)));
  t.same(
    answers.map((answer) => answer?.looked),
    [1, undefined, undefined],
  );
  t.equal((await listPods("shop", LIMITS))?.looked, 1);
});

t.test("the callback may end the listing, and its errors are thrown to the caller", async (t) => {
  const { server, list, listPods } = await prepared(t, 300);
  t.equal(await list("shop", LIMITS, async () => false), undefined);
  t.equal(server.requests.length, 1, "no further page");
  const fault = new Error("of the visitor");
  await t.rejects(
    list("shop", LIMITS, async () => {
      throw fault;
    }),
    fault,
  );
  t.equal((await listPods("shop", LIMITS))?.looked, 300, "neither is in the way of the next");
});

t.test("stop ends a running listing", async (t) => {
  const { server, listPods, stop } = await prepared(t, 1);
  await server.fail("stall");
  const answer = listPods("shop", LIMITS);
  await until(() => server.requests.length === 1);
  stop();
  t.equal(await answer, undefined);
  t.equal(await listPods("shop", LIMITS), undefined);
  t.equal(server.requests.length, 1);
});
