import { writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { installed } from "../certs/helper.ts";
import { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { eventsOf, files, freePort, post, readiness, run, serve } from "./processes.ts";
import "../patience.ts";

// These tests spend most of their time waiting for a process, so they run in parallel.
t.jobs = 4;

/** The environment of a pod. The token file of a pod does not exist on this machine. */
const IN_CLUSTER = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "9" };
const OUTSIDE = { KUBERNETES_SERVICE_HOST: "", KUBERNETES_SERVICE_PORT: "" };

/** Makes a process print to standard error the names of the packages that it loads. */
function tracing(directory: string): NodeJS.ProcessEnv {
  const hook = join(directory, "trace.mjs");
  writeFileSync(
    hook,
    `import { registerHooks } from "node:module";
    registerHooks({ resolve(specifier, context, next) {
      const found = next(specifier, context);
      const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1];
      if (name) process.stderr.write("loads " + name + "\\n");
      return found;
    } });`,
  );
  return { NODE_OPTIONS: `--import=${hook}`, ...OUTSIDE };
}

function kubeconfig(directory: string, api: FaultyApiServer): string {
  const file = join(directory, "kubeconfig");
  writeFileSync(file, api.kubeconfig());
  return file;
}

t.test("events and readiness of a start without configuration, certificate or API server", async (t) => {
  const directory = files(t);
  const certs = ["--certs-dir", directory];
  const good = ["--config", join(directory, "good.yaml")];
  const rows: [title: string, args: string[], env: NodeJS.ProcessEnv, events: object[]][] = [
    ["nothing at all", [], OUTSIDE, [{ event: "started", configuration: "default", kubernetesMinor: 37 }]],
    ["nothing at all, in a pod", [], IN_CLUSTER, [{ event: "started", kubernetesMinor: 37 }]],
    [
      "no configuration, no API server",
      certs,
      OUTSIDE,
      [
        { event: "started", configuration: "default" },
        { event: "injection-disabled", reason: /^the version of Kubernetes is not known/ },
        {
          event: "no-cluster-access",
          level: "info",
          reason: /the version of Kubernetes is taken from the configuration file/,
        },
      ],
    ],
    [
      "no token",
      [...certs, ...good],
      IN_CLUSTER,
      [{ event: "started", configuration: good[1], kubernetesMinor: 37 }, { event: "no-cluster-access" }],
    ],
    [
      "a probe, and no token",
      [...certs, ...good, "--probe-namespace", "probed"],
      IN_CLUSTER,
      [{ event: "started" }, { event: "no-cluster-access" }, { event: "not-probed", level: "warn" }],
    ],
    ["a configuration", good, OUTSIDE, [{ event: "started", configuration: good[1], kubernetesMinor: 37 }]],
  ];
  for (const [title, args, env, events] of rows) {
    const server = await serve(t, args, "pipe", env);
    const said = await eventsOf(server);
    t.match(said, events, title);
    t.equal(said.length, events.length, `${title}: nothing else`);
    const agent = new Agent({ rejectUnauthorized: false });
    t.equal((await post(agent, server.port)).status, 200, title);
    server.child.kill("SIGINT");
    await server.exit;
  }
});

t.test("packages for the API, YAML and certificates are loaded only if they are needed", async (t) => {
  const directory = files(t);
  const env = tracing(directory);
  const api = await installed(t);
  const certs = ["--certs-dir", directory];
  const rows: [title: string, args: string[], loads: string[]][] = [
    ["a mounted certificate", certs, []],
    ["a configuration", [...certs, "--config", join(directory, "good.yaml")], ["yaml"]],
    ["a kubeconfig", ["--kubeconfig", kubeconfig(directory, api)], ["@kubernetes/client-node"]],
    [
      "own certificates",
      ["--kubeconfig", kubeconfig(directory, api), "--ca-secret", "gracekeeper-ca"],
      ["@kubernetes/client-node", "@peculiar/x509", "reflect-metadata"],
    ],
  ];
  for (const [title, args, loads] of rows) {
    const { stderr, child, exit } = await serve(t, args, "pipe", env);
    for (const name of ["yaml", "@kubernetes/client-node", "@peculiar/x509", "reflect-metadata"])
      t.equal(stderr().includes(`loads ${name}\n`), loads.includes(name), `${title}: ${name}`);
    t.match(stderr(), "loads fastify\n", "the tracing works");
    child.kill("SIGINT");
    await exit;
  }
});

t.test("the server is ready when the API server has sent namespaces and version", async (t) => {
  const api = await FaultyApiServer.start(t);
  api.version = { major: "1", minor: "34" };
  const server = await serve(t, ["--kubeconfig", kubeconfig(t.testdir(), api)]);
  const events = await eventsOf(server);
  t.same(events.map(({ event }) => event).sort(), ["cluster-connected", "started"]);
  const connected = events.find(({ event }) => event === "cluster-connected");
  t.match(connected, { namespaces: 0, kubernetesMinor: 34 });
  server.child.kill("SIGTERM");
  t.same(await server.exit, { code: 0, signal: null });
});

t.test(
  "readiness waits ten seconds for a missing API server, while reviews are answered",
  { timeout: 120_000 },
  async (t) => {
    const api = await FaultyApiServer.start(t);
    const directory = files(t);
    const file = kubeconfig(directory, api);
    await api.close();
    const [port, health] = [await freePort(), await freePort()];
    const ports = ["--host", "127.0.0.1", "--port", `${port}`, "--health-port", `${health}`];
    const config = ["--config", join(directory, "good.yaml"), "--certs-dir", directory];
    const server = run(t, ["serve", ...ports, ...config, "--kubeconfig", file]);
    while ((await readiness(health)) === 0) await sleep(20);
    const agent = new Agent({ rejectUnauthorized: false });
    t.equal((await post(agent, port)).status, 200, "it answers at once");
    t.equal(await readiness(health), 503);
    while ((await readiness(health)) !== 200) await sleep(50);
    const events = await eventsOf(server);
    const failed = events.filter(({ event }) => event === "cluster-error").map(({ what }) => what);
    t.same([...new Set(failed)], ["namespaces", "version", "start"]);
    t.notOk(
      events.some(({ event }) => event === "injection-disabled"),
      "the configuration says the version",
    );
    server.child.kill("SIGTERM");
    t.same(await server.exit, { code: 0, signal: null });
  },
);

t.test("an invalid configuration after the start does not stop the server", async (t) => {
  const directory = files(t);
  const config = join(directory, "good.yaml");
  const server = await serve(t, ["--config", config]);
  writeFileSync(config, "kind: [\n");
  while (!server.stdout().includes("configuration-error")) await sleep(100);
  const [, fault = {}] = await eventsOf(server);
  t.match(fault, { level: "error", event: "configuration-error", reason: /good\.yaml, line 2, column 1: / });
  t.equal(await readiness(server.health), 200);
  t.equal((await post(new Agent({ rejectUnauthorized: false }), server.port)).status, 200);
});
