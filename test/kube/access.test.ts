import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import t, { type Test } from "tap";
import { AccessError, findAccess } from "../../src/kube/access.ts";
import { connect } from "../../src/kube/cluster.ts";
import { FaultyApiServer } from "./faulty-api-server.ts";
import { PATIENT, SHORT, seconds, until } from "./helper.ts";
import "../patience.ts";

const CONTEXT = { contexts: [{ name: "x", context: { cluster: "c", user: "u" } }], "current-context": "x" };
const USERS = [{ name: "u", user: { token: "t" } }];

function clusters(server: string) {
  return [{ name: "c", cluster: { server } }];
}

/** A folder that is removed at the end of the test. */
async function folder(t: { teardown(end: () => unknown): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "gracekeeper-access-"));
  t.teardown(() => rm(path, { recursive: true }));
  return path;
}

/** Sets the environment variables of a pod until the end of the test. */
function inPod(t: { teardown(end: () => unknown): void }, port: number): void {
  process.env["KUBERNETES_SERVICE_HOST"] = "127.0.0.1";
  process.env["KUBERNETES_SERVICE_PORT"] = String(port);
  t.teardown(() => {
    delete process.env["KUBERNETES_SERVICE_HOST"];
    delete process.env["KUBERNETES_SERVICE_PORT"];
  });
}

t.test("without a kubeconfig and outside of a pod there is no access", async (t) => {
  const root = await folder(t);
  t.equal(await findAccess(undefined, root), undefined);
  inPod(t, 443);
  t.equal(await findAccess(undefined, root), undefined, "no token is mounted");
});

t.test("a mounted ServiceAccount token is used, and read again after a 401", async (t) => {
  const server = await FaultyApiServer.start(t);
  const root = await folder(t);
  const account = join(root, "/var/run/secrets/kubernetes.io/serviceaccount");
  await mkdir(account, { recursive: true });
  await writeFile(join(account, "ca.crt"), server.certificate);
  await writeFile(join(account, "token"), "one");
  inPod(t, server.port);
  const access = await findAccess(undefined, root);
  t.ok(access);
  const authorization = async () => (await access?.target())?.options.headers;
  t.match(await authorization(), { Authorization: "Bearer one" });
  await writeFile(join(account, "token"), "two");
  access?.refused();
  t.match(await authorization(), { Authorization: "Bearer two" });
  await writeFile(join(account, "token"), "three");
  t.match(
    await authorization(),
    { Authorization: "Bearer two" },
    "client-node reads it again after a minute",
  );
  const later = Date.now() + 61_000;
  const real = Date;
  globalThis.Date = class extends real {
    constructor() {
      super(later);
    }
  } as DateConstructor;
  t.teardown(() => {
    globalThis.Date = real;
  });
  t.match(await authorization(), { Authorization: "Bearer three" });
});

t.test("the own namespace comes from the pod or from the kubeconfig context", async (t) => {
  const server = await FaultyApiServer.start(t);
  t.equal((await server.access()).namespace, "gracekeeper", "of the context");
  const root = await folder(t);
  const account = join(root, "/var/run/secrets/kubernetes.io/serviceaccount");
  await mkdir(account, { recursive: true });
  await writeFile(join(account, "token"), "one");
  inPod(t, server.port);
  t.equal((await findAccess(undefined, root))?.namespace, undefined);
  await writeFile(join(account, "namespace"), "shop\n");
  t.equal((await findAccess(undefined, root))?.namespace, "shop");
});

t.test("an unusable kubeconfig causes an error of one line with a remedy", async (t) => {
  const root = await folder(t);
  const file = join(root, "config");
  const other = { contexts: CONTEXT.contexts, "current-context": "other" };
  const cases: readonly [string, unknown, RegExp][] = [
    ["empty", "", /is not a valid kubeconfig\. .*kubectl config view/],
    ["no YAML", "a: [", /is not a valid kubeconfig/],
    ["a certificate", "-----BEGIN CERTIFICATE-----", /is not a valid kubeconfig|has no current context/],
    ["a nameless cluster", { clusters: [{}] }, /is not a valid kubeconfig/],
    [
      "no context",
      { clusters: [] },
      /has no current context\. Choose a context with: kubectl config use-context/,
    ],
    [
      "another context",
      { clusters: clusters("https://a"), users: USERS, ...other },
      /the cluster or user of the current context of .* is missing/,
    ],
    [
      "no cluster",
      { users: USERS, ...CONTEXT },
      /the cluster or user of the current context of .* is missing/,
    ],
    [
      "no user",
      { clusters: clusters("https://a"), ...CONTEXT },
      /the cluster or user of the current context of .* is missing/,
    ],
    [
      "no server",
      { clusters: clusters("a"), users: USERS, ...CONTEXT },
      /is not a valid kubeconfig|the cluster or user of the current context/,
    ],
    ["plain http", { clusters: clusters("http://a"), users: USERS, ...CONTEXT }, /has an http URL/],
  ];
  for (const [name, content, expected] of cases) {
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    await refused(t, file, expected, name);
  }
  await refused(
    t,
    join(root, "absent"),
    /^there is no kubeconfig \S+absent\. Correct the path after --kubeconfig/,
    "absent",
  );
  await refused(t, root, /cannot be read \(EISDIR\)\. Give the path/, "a folder");
});

async function refused(t: Test, file: string, expected: RegExp, name: string): Promise<void> {
  const error: unknown = await findAccess(file).catch((error: unknown) => error);
  t.ok(error instanceof AccessError, name);
  t.match(String((error as Error).message), expected, name);
  t.notMatch((error as Error).message, /\n/, name);
}

t.test("a kubeconfig is read again if client or server certificate is rejected", async (t) => {
  const server = await FaultyApiServer.start(t);
  const root = await folder(t);
  const file = join(root, "config");
  await writeFile(file, server.kubeconfig().replace(/"certificate-authority-data":"[^"]*"/, '"a":1'));
  const access = await findAccess(file);
  if (access === undefined) throw new Error("no access");
  const told: string[] = [];
  const failed = (reason: string) => told.push(reason);
  const none = () => undefined;
  const cluster = connect(
    access,
    {
      namespaces: { synced: none, failed, recovered: none, crashed: none },
      version: { changed: none, failed: none, recovered: none, crashed: none },
    },
    PATIENT,
  );
  t.teardown(() => cluster.stop());
  await until(() => told.length > 0);
  t.match(told[0], /^The certificate of the API server is not trusted \(\w*SELF_SIGNED\w*\)\.$/);
  await writeFile(file, "half a fi");
  await wait(300);
  t.equal(told.length, 1, "what was read before stands while the file is being written");
  server.set("a", seconds("5"));
  await writeFile(file, server.kubeconfig());
  t.ok(await cluster.firstSync(60_000));
  await server.fail({ status: 401 });
  await until(() => told.some((reason) => reason.includes("401")));
  await writeFile(file, server.kubeconfig().replace("secret", "another"));
  await until(() => server.headers.at(-1)?.authorization === "Bearer another");
  t.equal(server.headers.at(-1)?.authorization, "Bearer another");
});

t.test("the cluster object provides namespaces, version and pods", async (t) => {
  const server = await FaultyApiServer.start(t);
  server.set("a", seconds("5"));
  server.pods = [{ metadata: { name: "p" } }];
  await server.fail("stall");
  const none = () => undefined;
  const events = {
    namespaces: { synced: none, failed: none, recovered: none, crashed: none },
    version: { changed: none, failed: none, recovered: none, crashed: none },
  };
  const cluster = connect(await server.access(), events, SHORT);
  t.teardown(() => cluster.stop());
  t.equal(await cluster.firstSync(100), false, "it waits no longer, though nothing ever comes");
  t.equal(cluster.kubernetesMinor, undefined);
  t.equal(cluster.namespace("a"), undefined);
  await server.fail({ status: 503 }, /version/);
  await until(() => cluster.inSync);
  t.equal(await cluster.firstSync(100), false, "the version is missing");
  await server.heal();
  t.equal(await cluster.firstSync(60_000), true);
  t.equal(cluster.kubernetesMinor, 37);
  t.equal(cluster.namespace("a")?.annotations.size, 1);
  t.equal(cluster.size, 1);
  await until(() => cluster.ageSeconds() < 1);
  t.ok(cluster.ageSeconds() < 60);
  await until(() => cluster.inSync);
  t.ok(cluster.inSync);
  t.equal((await cluster.listPods("a", { limit: 10, milliseconds: 1000 }, async () => true))?.looked, 1);
  await server.fail({ status: 503 }, /namespaces$/);
  const another = connect(await server.access(), events, SHORT);
  t.teardown(() => another.stop());
  await until(() => another.kubernetesMinor === 37);
  t.equal(await another.firstSync(100), false, "namespaces are missing");
  another.stop();
  await server.heal();

  await server.fail("stall", /pods/);
  const before = server.requests.length;
  const listing = cluster.listPods("a", { limit: 10, milliseconds: 60_000 }, async () => true);
  await until(() => server.requests.slice(before).some((path) => path.includes("pods")));
  cluster.stop();
  t.equal(await listing, undefined);
  await until(() => server.connections === 0);
  const { length } = server.requests;
  await wait(3 * SHORT.versionLook);
  t.equal(server.requests.length, length, "nothing is asked any more");
});
