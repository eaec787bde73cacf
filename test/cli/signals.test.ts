import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { podOf, reviewOf } from "../reviews.ts";
import { files, NotConnected, post, readiness, serve } from "./processes.ts";
import "../patience.ts";

// These tests spend most of their time waiting for a process or a clock, so they run in parallel.
t.jobs = 4;

/** Milliseconds. The pause is short, so that calls are always in flight. A shorter pause would overload two cores. */
const BETWEEN_CALLS = 10;

t.test(
  "SIGTERM under load: the server is not ready at once, serves on and exits with 0, and no request fails",
  async (t) => {
    const directory = files(t);
    const { child, port, health, exit, stdout, stderr } = await serve(t, [
      "--certs-dir",
      directory,
      "--config",
      join(directory, "good.yaml"),
      "--shutdown-delay",
      "3",
    ]);
    let answered = 0;
    let closing = 0;
    const failures: unknown[] = [];
    const caller = async (keepAlive: boolean): Promise<void> => {
      const agent = new Agent({ keepAlive, maxSockets: 1, rejectUnauthorized: false });
      for (;;) {
        const outcome = await post(agent, port).catch((error: Error) => error);
        // The port is closed. In a cluster the endpoint would have been removed by now, and calls would reach another
        // replica.
        if (outcome instanceof NotConnected) break;
        if (outcome instanceof Error || outcome.status !== 200) {
          failures.push(outcome);
          continue;
        }
        answered++;
        if (outcome.connection === "close") closing++;
        await sleep(BETWEEN_CALLS);
      }
      agent.destroy();
    };
    const callers = [true, true, true, true].map(caller);
    await sleep(300);
    const before = answered;
    child.kill("SIGTERM");
    while ((await readiness(health)) === 200) await sleep(5);
    t.equal(await readiness(health), 503, "not ready at once");
    await sleep(200);
    t.ok(answered > before + 4, "it goes on serving");
    await Promise.all(callers);
    t.same(await exit, { code: 0, signal: null });
    t.same(failures, []);
    t.ok(closing > 4, `${closing} of ${answered} answers closed their connection`);
    const lines = stdout()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    t.equal(
      lines.filter(({ event }) => event === "decision").length,
      answered,
      "every decision is in the log",
    );
    t.match(lines[0], { event: "started", port, healthPort: health, kubernetesMinor: 37, explain: false });
    t.match(lines[0], { version: /^\d+\.\d+\.\d+$/, configurationHash: /^[0-9a-f]{12}$/ });
    t.match(lines.slice(-1), [{ event: "stopped" }]);
    t.equal(stderr(), "", "nothing to try out is printed where a certificate is given");
  },
);

t.test("Ctrl-C and a second SIGTERM end the server without the shutdown delay", async (t) => {
  const once = await serve(t, ["--shutdown-delay", "600"]);
  t.match(once.stderr(), /curl -ksS/);
  once.child.kill("SIGINT");
  t.same(await once.exit, { code: 0, signal: null });
  const twice = await serve(t, ["--shutdown-delay", "600"]);
  twice.child.kill("SIGTERM");
  while ((await readiness(twice.health)) !== 503) await sleep(10);
  twice.child.kill("SIGTERM");
  t.same(await twice.exit, { code: 0, signal: null });
});

t.test("an unfinished request does not delay the exit", async (t) => {
  const { child, port, exit } = await serve(t, ["--shutdown-delay", "0"]);
  const headers = { "content-type": "application/json", "content-length": 1000 };
  const hanging = request({
    port,
    host: "127.0.0.1",
    path: "/mutate",
    method: "POST",
    headers,
    rejectUnauthorized: false,
  });
  hanging.on("error", () => {});
  await new Promise((resolve) => hanging.write("{", resolve));
  child.kill("SIGTERM");
  t.same(await exit, { code: 0, signal: null });
});

t.test("a log reader that has ended or does not read blocks neither decisions nor the exit", async (t) => {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  t.teardown(() => agent.destroy());
  const gone = await serve(t, ["--shutdown-delay", "0"]);
  gone.child.stdout?.destroy();
  const asleep = await serve(t, ["--shutdown-delay", "0"]);
  asleep.child.stdout?.pause();
  const long = JSON.stringify(reviewOf(podOf({}, { name: "n".repeat(256) }), { namespace: "s".repeat(256) }));
  // 700 calls make half a megabyte of log, which is more than a pipe holds.
  for (const [{ port, child, exit }, calls] of [
    [gone, 100],
    [asleep, 700],
  ] as const) {
    let good = 0;
    for (let i = 0; i < calls; i++) if ((await post(agent, port, long)).status === 200) good++;
    t.equal(good, calls);
    child.kill("SIGTERM");
    const ended = once(child, "exit");
    t.same(await ended, [0, null]);
    child.stdout?.resume();
    await exit;
  }
});

t.test(
  "decisions go on if the disk for the log is full",
  { skip: process.platform !== "linux" },
  async (t) => {
    const full = openSync("/dev/full", "w");
    const { port, child, exit } = await serve(t, ["--shutdown-delay", "0"], full);
    closeSync(full);
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    for (let i = 0; i < 50; i++) t.equal((await post(agent, port)).status, 200);
    agent.destroy();
    child.kill("SIGTERM");
    t.same(await exit, { code: 0, signal: null });
  },
);

t.test("the process loads a changed certificate", async (t) => {
  const directory = files(t);
  const { stdout, port } = await serve(t, ["--certs-dir", directory]);
  const { cert, key } = makeCertificate();
  writeFileSync(join(directory, "tls.key"), key);
  writeFileSync(join(directory, "tls.crt"), cert);
  while (!stdout().includes("certificate-changed")) await sleep(100);
  const agent = new Agent({ ca: cert });
  t.equal((await post(agent, port)).status, 200, "a client that trusts only the new one");
});

t.test(
  "the server answers one more readiness probe before it exits, so the kubelet makes no Warning event",
  async (t) => {
    const { child, health, exit } = await serve(t, ["--shutdown-delay", "0"]);
    const probe = () => fetch(`http://127.0.0.1:${health}/readyz?exclude=shutdown`);
    await probe();
    child.kill("SIGTERM");
    while ((await readiness(health)) === 200) await sleep(10);
    await sleep(300);
    const { status } = await probe();
    t.equal(status, 200, "it waited for the probe");
    t.same(await exit, { code: 0, signal: null });
  },
);
