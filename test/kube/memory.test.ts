import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import t, { type Test } from "tap";
import { findAccess } from "../../src/kube/access.ts";
import { type NamespaceWatch, watchNamespaces } from "../../src/kube/namespace-watch.ts";
import {
  INJECT_LABEL,
  MAX_GRACE_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
  VALIDATE_LABEL,
} from "../../src/policy/model/keys.ts";
import { DEEP } from "../cases.ts";
import { growth, LINEAR } from "../cost.ts";
import type { Metadata } from "./faulty-api-server.ts";
import { until } from "./helper.ts";
import type { Namespaces } from "./namespaces-worker.ts";
import "../patience.ts";

/** With this many namespaces, the memory of the watch itself and of compiled code does not matter. */
const MANY = 10_000;

/** Fewer namespaces also show whether the watch keeps memory for each namespace. */
const NAMESPACES = DEEP ? MANY : 2500;
const KIB = 1024;

/**
 * The limit in bytes per namespace if the watch stores nothing of a namespace. The name of a namespace would need more
 * memory.
 */
const NOTHING_KEPT = 32;

/** Bytes for each namespace with a mesh label: enough for its name and a map entry, but not for another map. */
const ONE_KEY = 256;

/** Bytes for each namespace with long values: far less than one long value. */
const SHORT_COPIES = 16 * KIB;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const USUAL: Required<Metadata> = {
  labels: { "kubernetes.io/metadata.name": "team-$", team: "t-$", stage: "production" },
  annotations: { owner: "o-$@example.org", "last-applied": '{"kind":"Namespace","name":"team-$"}' },
};

/** The metadata of a usual namespace, with all labels and annotations of gracekeeper. */
function withOurs(value: string): Metadata {
  const annotations = {
    [SHUTDOWN_SECONDS]: value,
    [PRESTOP_SLEEP_SECONDS]: value,
    [MAX_GRACE_SECONDS]: value,
  };
  return {
    labels: { ...USUAL.labels, [VALIDATE_LABEL]: "enforce", [INJECT_LABEL]: "enabled" },
    annotations: { ...USUAL.annotations, ...annotations },
  };
}

const none = () => undefined;
const NONE = { synced: none, failed: none, recovered: none, crashed: none };

/**
 * Starts a watch and waits for its first list. Returns the watch and the growth of the heap, in bytes per namespace.
 */
async function watchMany(
  t: Test,
  count: number,
  metadata: Metadata,
): Promise<{ readonly watch: NamespaceWatch; readonly bytes: number }> {
  const workerData: Namespaces = { count, metadata: JSON.stringify(metadata) };
  const worker = new Worker(new URL("namespaces-worker.ts", import.meta.url), { workerData, execArgv: [] });
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-memory-"));
  const file = join(folder, "kubeconfig");
  const [kubeconfig] = (await once(worker, "message")) as [string];
  await writeFile(file, kubeconfig);
  const access = await findAccess(file);
  if (access === undefined) throw new Error("no access");
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const watch = watchNamespaces(access, NONE);
  t.teardown(async () => {
    watch.stop();
    await worker.terminate();
    await rm(folder, { recursive: true });
  });
  await watch.synced;
  await until(() => watch.inSync);
  collectGarbage();
  return { watch, bytes: (process.memoryUsage().heapUsed - before) / count };
}

t.test(
  "the watch keeps little memory per namespace, and none for a namespace without our keys",
  async (t) => {
    await watchMany(t, MANY, withOurs("20"));

    const none = await watchMany(t, MANY, USUAL);
    t.equal(none.watch.size, 0);
    t.ok(none.bytes < NOTHING_KEPT, `none of ours: ${none.bytes.toFixed(1)} bytes`);

    const one = await watchMany(t, NAMESPACES, { ...USUAL, labels: { [VALIDATE_LABEL]: "warn" } });
    t.equal(one.watch.size, NAMESPACES);
    t.ok(one.bytes < KIB, `one label: ${one.bytes.toFixed()} bytes`);

    const mesh = await watchMany(t, MANY, { ...USUAL, labels: { "istio-injection": "enabled" } });
    t.equal(mesh.watch.get("team-7")?.announcedBy, "istio-injection");
    t.ok(mesh.bytes < ONE_KEY, `the label of a mesh: ${mesh.bytes.toFixed()} bytes`);

    const all = await watchMany(t, NAMESPACES, withOurs("1$"));
    t.ok(all.bytes < KIB, `two labels, three annotations: ${all.bytes.toFixed()} bytes`);
    for (const [name, { bytes }] of Object.entries({ none, one, mesh, all })) {
      t.comment(`${name}: ${bytes.toFixed(1)} bytes of heap for each namespace`);
    }
  },
);

t.test("the watch does not keep long values and thousands of keys", async (t) => {
  const count = DEEP ? 200 : 50;
  const long = await watchMany(t, count, withOurs("9".repeat(80 * KIB)));
  t.equal(long.watch.size, count);
  t.ok(long.bytes < SHORT_COPIES, `three values of 80 KiB: ${long.bytes.toFixed()} bytes`);
  const keys = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`key-${index}`, "v"]));
  const many = await watchMany(t, count, { annotations: { ...keys, [SHUTDOWN_SECONDS]: "1$" } });
  t.ok(many.bytes < SHORT_COPIES, `5,000 keys: ${many.bytes.toFixed()} bytes`);
  t.comment(`long: ${long.bytes.toFixed()}, many: ${many.bytes.toFixed()} bytes each`);
});

t.test("the cost of a lookup does not depend on the number of namespaces", async (t) => {
  const { watch: few } = await watchMany(t, 10, withOurs("20"));
  const { watch: many } = await watchMany(t, NAMESPACES, withOurs("20"));
  const names = Array.from({ length: 20 }, (_, index) => `team-${index}`);
  const looks = (watch: NamespaceWatch) => () => {
    for (let round = 0; round < 10_000; round++) for (const name of names) watch.get(name);
  };
  const times = growth(looks(few), looks(many));
  t.comment(`a look among ${NAMESPACES} costs ${times.toFixed(1)} times as much as one among 10`);
  t.ok(times < LINEAR);
});
