import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { canMount, files, freePort, logOf, MAIN, readiness } from "./processes.ts";
import "../patience.ts";

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Runs these shell commands in a new mount namespace, starts the server there, and waits until the server is ready. */
async function serveAfter(t: Test, commands: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const health = await freePort();
  const ports = ["--host", "127.0.0.1", "--port", "0", "--health-port", `${health}`];
  const command = [process.execPath, MAIN, "serve", ...ports, ...args];
  const child = spawn("unshare", ["-rm", "sh", "-c", `${commands} && exec "$@"`, "sh", ...command], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  t.teardown(() => child.kill("SIGKILL"));
  let stdout = "";
  child.stdout.on("data", (piece) => (stdout += piece));
  while ((await readiness(health)) !== 200) await sleep(20);
  child.kill("SIGINT");
  await once(child, "close");
  return logOf({ stdout: () => stdout });
}

const options = { skip: canMount() ? false : "mounting is not allowed here", timeout: 60_000 };

t.test("in a pod the server uses the ServiceAccount only if a certificate is mounted", options, async (t) => {
  const api = await FaultyApiServer.start(t);
  const directory = files(t);
  mkdirSync(join(directory, "account"));
  writeFileSync(join(directory, "account/token"), "secret");
  writeFileSync(join(directory, "account/ca.crt"), api.certificate);
  const mount = `mount -t tmpfs none /run && mkdir -p ${ACCOUNT} && cp ${directory}/account/* ${ACCOUNT}/`;
  const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: `${api.port}` };
  const inPod = await serveAfter(t, mount, ["--certs-dir", directory], env);
  t.match(
    inPod.find(({ event }) => event === "cluster-connected"),
    { namespaces: 0, kubernetesMinor: 37 },
  );
  t.notOk(inPod.some(({ event }) => event === "no-cluster-access" || event === "injection-disabled"));
  const asked = api.requests.length;
  const tryingOut = await serveAfter(t, mount, [], env);
  t.same(
    tryingOut.map(({ event }) => event),
    ["started", "stopping", "stopped"],
  );
  t.equal(api.requests.length, asked, "who tries it out reaches no cluster");
});

t.test("a start logs that the configuration is mounted by subPath", options, async (t) => {
  const directory = files(t);
  const config = join(directory, "good.yaml");
  writeFileSync(join(directory, "mounted.yaml"), "");
  const file = join(directory, "mounted.yaml");
  const held = await serveAfter(t, `mount --bind ${config} ${file}`, ["--config", file], {});
  t.match(
    held.filter(({ event }) => event === "configuration-not-reloadable"),
    [{ level: "warn", reason: /by subPath.*To reload changes, mount the whole directory\.$/ }],
  );
  const free = await serveAfter(t, `mount --bind ${config} ${file}`, ["--config", config], {});
  t.notOk(free.some(({ event }) => event === "configuration-not-reloadable"));
});
