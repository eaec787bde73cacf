import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { canMount, files, freePort, MAIN, post, readiness } from "./processes.ts";
import "../patience.ts";

const REVIEWS = 500;

/** On this machine each write of the log fails, no file can be created, and no name can be resolved. */
const BARE = [
  "mount -t tmpfs -o size=64k none /run",
  "(head -c 1M /dev/zero > /run/full 2>/dev/null || true)",
  "mount -t tmpfs none /etc",
  "mount -o remount,ro,bind /",
  'exec "$@" >> /run/log',
].join(" && ");

const options = { skip: canMount() ? false : "mounting is not allowed here", timeout: 60_000 };

t.test(
  "every review is answered with a full disk, a read-only root and no name server",
  options,
  async (t) => {
    const directory = files(t);
    const kubeconfig = join(directory, "kubeconfig");
    const nameless = readFileSync(join(directory, "nameless"), "utf8");
    writeFileSync(kubeconfig, nameless.replace("127.0.0.1:9", "kubernetes.example"));
    const [port, health] = [await freePort(), await freePort()];
    const ports = ["--host", "127.0.0.1", "--port", `${port}`, "--health-port", `${health}`];
    const paths = ["--certs-dir", directory, "--kubeconfig", kubeconfig, "--shutdown-delay", "0"];
    const command = [process.execPath, MAIN, "serve", ...ports, ...paths];
    const child = spawn("unshare", ["-rm", "sh", "-c", BARE, "sh", ...command], { stdio: "ignore" });
    t.teardown(() => child.kill("SIGKILL"));
    while ((await readiness(health)) === 0 && child.exitCode === null) await sleep(20);
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    t.teardown(() => agent.destroy());
    let good = 0;
    for (let i = 0; i < REVIEWS; i++) if ((await post(agent, port)).status === 200) good++;
    t.equal(good, REVIEWS);
    const seen = `/proc/${child.pid}/root`;
    t.equal(statSync(`${seen}/run/log`).size, 0, "nothing of the log could be written");
    t.throws(() => statSync(`${seen}/etc/resolv.conf`), { code: "ENOENT" });
    child.kill("SIGTERM");
    t.same(await once(child, "exit"), [0, null]);
  },
);
