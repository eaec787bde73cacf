import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, openSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { Agent, request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { makeCertificate } from "../../src/certs/self-made.ts";
import { podOf, reviewOf } from "../reviews.ts";

/** The real process: what it says when it cannot start, and what it does with signals. */

const MAIN = join(import.meta.dirname, "../../src/main.ts");
const REVIEW = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web" }] })));

// Most of these wait for a process or a clock.
t.jobs = 4;

interface Run {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  readonly stdout: () => string;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
}

function run(t: Test, args: readonly string[], stdout: "pipe" | number = "pipe"): Run {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", stdout, "pipe"] });
  t.teardown(() => child.kill("SIGKILL"));
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (piece) => (text.stdout += piece));
  child.stderr?.on("data", (piece) => (text.stderr += piece));
  const exit = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, exit, stdout: () => text.stdout, stderr: () => text.stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function readiness(port: number): Promise<number> {
  return new Promise((resolve) => {
    get({ port, host: "127.0.0.1", path: "/readyz" }, (response) =>
      resolve(response.resume().statusCode ?? 0),
    ).on("error", () => resolve(0));
  });
}

/** A server that is ready, on free ports. */
async function serve(t: Test, args: readonly string[] = [], stdout: "pipe" | number = "pipe") {
  const [port, health] = [await freePort(), await freePort()];
  const ports = ["--host", "127.0.0.1", "--port", `${port}`, "--health-port", `${health}`];
  const running = run(t, ["serve", ...ports, ...args], stdout);
  while ((await readiness(health)) !== 200) await sleep(20);
  return { ...running, port, health };
}

function post(
  agent: Agent,
  port: number,
  body = REVIEW,
): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const options = { agent, port, host: "127.0.0.1", path: "/mutate", method: "POST", headers };
    const sent = request(options, (response) => {
      const { connection } = response.headers;
      response
        .resume()
        .on("error", reject)
        .on("end", () => resolve({ status: response.statusCode ?? 0, connection }));
    });
    sent.on("error", reject).end(body);
  });
}

/** A directory with a pair, and files that are wrong in one way each. */
function files(t: Test) {
  const { cert, key } = makeCertificate();
  const directory = t.testdir({
    "tls.crt": cert,
    "tls.key": key,
    "other.key": makeCertificate().key,
    "text.pem": "hello\n",
    "good.yaml":
      'apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nkubernetesVersion: "1.36"\n',
    "field.yaml":
      "apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nprestopSleepSeconds: ten\nfoo: 1\n",
    "broken.yaml": "apiVersion: gracekeeper.dev/v1alpha1\nkind: [\n",
    secret: "x",
  });
  chmodSync(join(directory, "secret"), 0);
  return directory;
}

t.test("what cannot start says why and what to do, in one line, and exits with 2", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  t.teardown(() => taken.close());
  const { port } = taken.address() as { port: number };
  const directory = files(t);
  const at = (name: string) => join(directory, name);
  const free = ["--host", "127.0.0.1", "--port", "0", "--health-port", "0"];
  const serve = (...args: string[]) => ["serve", ...free, ...args];
  const rows: [args: string[], line: string][] = [
    [[], 'no command was given. Try "gracekeeper --help".'],
    [["sevre"], 'there is no command "sevre". Try "gracekeeper --help".'],
    [serve("--prot", "1"), `Unknown option '--prot'. Run "gracekeeper --help" for the options.`],
    [serve("x"), `Unexpected argument 'x'. Run "gracekeeper --help" for the options.`],
    [serve("--port"), `Option '--port <value>' argument missing. Run "gracekeeper --help" for the options.`],
    [serve("--port", "https"), '--port must be a whole number from 0 to 65535, not "https".'],
    [serve("--health-port", "65536"), '--health-port must be a whole number from 0 to 65535, not "65536".'],
    [serve("--shutdown-delay", "5s"), '--shutdown-delay must be a whole number from 0 to 3600, not "5s".'],
    [
      serve("--log-level", "loud"),
      '--log-level must be one of debug, info, warn, error, silent, not "loud".',
    ],
    [
      serve("--port", `${port}`),
      `port ${port} is in use. Stop what listens there, or choose another with --port.`,
    ],
    [
      serve("--health-port", `${port}`),
      `port ${port} is in use. Stop what listens there, or choose another with --health-port.`,
    ],
    [
      serve("--host", "203.0.113.1"),
      "cannot listen on 203.0.113.1, port 0 (EADDRNOTAVAIL). Choose another address with --host.",
    ],
    [
      serve("--tls-cert", at("tls.crt")),
      "--tls-cert and --tls-key only work together. Give both, or neither.",
    ],
    [
      serve("--certs-dir", directory, "--tls-key", at("tls.key")),
      "--certs-dir and --tls-cert, --tls-key name the same thing twice. Give one or the other.",
    ],
    [
      serve("--certs-dir", at("none")),
      `there is no file ${at("none/tls.crt")}. Mount the Secret with the certificate there, or give the path with --tls-cert and --tls-key.`,
    ],
    [
      serve("--tls-cert", at("text.pem"), "--tls-key", at("tls.key")),
      `${at("text.pem")} is not a certificate in PEM form. Put the serving certificate there.`,
    ],
    [
      serve("--tls-cert", at("tls.crt"), "--tls-key", at("text.pem")),
      `${at("text.pem")} is not a private key in PEM form without a password. Put the key of ${at("tls.crt")} there.`,
    ],
    [
      serve("--tls-cert", at("tls.crt"), "--tls-key", at("other.key")),
      `${at("other.key")} is not the key of the certificate in ${at("tls.crt")}. Write both files anew, from one pair.`,
    ],
    [
      serve("--tls-cert", directory, "--tls-key", at("tls.key")),
      `${directory} cannot be read (EISDIR). Make it a file that this user may read.`,
    ],
    [
      serve("--config", at("none.yaml")),
      `there is no configuration file ${at("none.yaml")}. Give the path of one with --config, or leave --config out.`,
    ],
    [
      serve("--config", directory),
      `${directory} cannot be read (EISDIR). Give the path of a readable file with --config.`,
    ],
    [serve("--config", at("broken.yaml")), `${at("broken.yaml")}, line 3, column 1: `],
    [
      serve("--config", at("field.yaml")),
      `${at("field.yaml")}: prestopSleepSeconds must be a whole number; `,
    ],
  ];
  // Root may read everything.
  if (process.getuid?.() !== 0) {
    rows.push([
      serve("--tls-cert", at("secret"), "--tls-key", at("tls.key")),
      `${at("secret")} cannot be read (EACCES). Make it a file that this user may read.`,
    ]);
  }
  for (const [args, line] of rows) {
    const { exit, stderr, stdout } = run(t, args);
    t.same(await exit, { code: 2, signal: null }, args.join(" "));
    t.equal(stdout(), "");
    t.equal(stderr().split("\n").length, 2, "one line");
    t.ok(stderr().startsWith(`gracekeeper: ${line}`), `${stderr()} is ${line}`);
  }
});

t.test("help is help", async (t) => {
  for (const args of [["--help"], ["help"], ["serve", "--help"], ["serve", "-h"]]) {
    const { exit, stdout, stderr } = run(t, args);
    t.same(await exit, { code: 0, signal: null });
    t.match(stdout(), /--shutdown-delay SECONDS/);
    t.equal(stderr(), "");
  }
});

t.test("SIGTERM under load: not ready at once, serves on, closes, 0 failed requests, exit 0", async (t) => {
  const directory = files(t);
  const { child, port, health, exit, stdout, stderr } = await serve(t, [
    "--certs-dir",
    directory,
    "--config",
    join(directory, "good.yaml"),
    "--shutdown-delay",
    "1",
  ]);
  let answered = 0;
  let closing = 0;
  const failures: unknown[] = [];
  const caller = async (keepAlive: boolean): Promise<void> => {
    const agent = new Agent({ keepAlive, maxSockets: 1, rejectUnauthorized: false });
    for (;;) {
      const outcome = await post(agent, port).catch((error: unknown) => error as NodeJS.ErrnoException);
      // Nobody listens any more: in a cluster the endpoint is gone by now, and calls go to another replica.
      if ("code" in outcome && outcome.code === "ECONNREFUSED") break;
      if (!("status" in outcome) || outcome.status !== 200) failures.push(outcome);
      else answered++;
      if ("connection" in outcome && outcome.connection === "close") closing++;
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
  t.equal(lines.filter(({ event }) => event === "decision").length, answered, "every decision is in the log");
  t.match(lines[0], { event: "started", port, healthPort: health, kubernetesMinor: 36, explain: false });
  t.match(lines.slice(-1), [{ event: "stopped" }]);
  t.equal(stderr(), "", "nothing to try out is printed where a certificate is given");
});

t.test("Ctrl-C does not wait, nor does a second signal", async (t) => {
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

t.test("a request that never ends does not hold up the end", async (t) => {
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

t.test("a reader of the log that has gone, or sleeps, stops no decision and not the end", async (t) => {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  t.teardown(() => agent.destroy());
  const gone = await serve(t, ["--shutdown-delay", "0"]);
  gone.child.stdout?.destroy();
  const asleep = await serve(t, ["--shutdown-delay", "0"]);
  asleep.child.stdout?.pause();
  const long = JSON.stringify(reviewOf(podOf({}, { name: "n".repeat(256) }), { namespace: "s".repeat(256) }));
  for (const { port, child, exit } of [gone, asleep]) {
    let good = 0;
    // Half a megabyte of log, more than any pipe holds.
    for (let i = 0; i < 700; i++) if ((await post(agent, port, long)).status === 200) good++;
    t.equal(good, 700);
    child.kill("SIGTERM");
    const ended = once(child, "exit");
    t.same(await ended, [0, null]);
    child.stdout?.resume();
    await exit;
  }
});

t.test("a full disk behind the log stops no decision", { skip: process.platform !== "linux" }, async (t) => {
  const full = openSync("/dev/full", "w");
  const { port, child, exit } = await serve(t, ["--shutdown-delay", "0"], full);
  closeSync(full);
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  for (let i = 0; i < 50; i++) t.equal((await post(agent, port)).status, 200);
  agent.destroy();
  child.kill("SIGTERM");
  t.same(await exit, { code: 0, signal: null });
});

t.test("a certificate that changes is taken up by the process", async (t) => {
  const directory = files(t);
  const { stdout, port } = await serve(t, ["--certs-dir", directory]);
  const { cert, key } = makeCertificate();
  writeFileSync(join(directory, "tls.key"), key);
  writeFileSync(join(directory, "tls.crt"), cert);
  while (!stdout().includes("certificate-changed")) await sleep(100);
  const agent = new Agent({ ca: cert });
  t.equal((await post(agent, port)).status, 200, "a client that trusts only the new one");
});
