import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { chmodSync } from "node:fs";
import { get } from "node:http";
import { type Agent, request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Test } from "tap";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import type { Teardown } from "../helper.ts";
import { podOf, reviewOf } from "../reviews.ts";

/**
 * Runs the program as a separate process, for effects such as signals and exit codes. Each process ends with its test.
 */

export const MAIN = join(import.meta.dirname, "../../src/main.ts");
const REVIEW = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web" }] })));

export interface Run {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  readonly stdout: () => string;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
}

export function run(
  t: Teardown,
  args: readonly string[],
  stdout: "pipe" | number = "pipe",
  env: NodeJS.ProcessEnv = {},
): Run {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ["ignore", stdout, "pipe"],
    env: { ...process.env, ...env },
  });
  t.teardown(() => child.kill("SIGKILL"));
  const text = { stdout: "", stderr: "" };
  child.stdout?.on("data", (piece) => (text.stdout += piece));
  child.stderr?.on("data", (piece) => (text.stderr += piece));
  const exit = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return { child, exit, stdout: () => text.stdout, stderr: () => text.stderr };
}

/**
 * Mounting needs permissions that a container rarely has. A user namespace gives these permissions if the kernel allows
 * it.
 */
export function canMount(): boolean {
  try {
    execFileSync("unshare", ["-rm", "sh", "-c", "mount -t tmpfs none /run"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** A free port below the ephemeral range. The kernel gives no other program this port before our server listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, LOWEST_GIVEN_PORT);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").catch(() => undefined);
    if (isFree === undefined) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

const LOWEST_PORT = 20_000;

/** The lowest ephemeral port of Linux (net.ipv4.ip_local_port_range). Ephemeral ports of other systems begin higher. */
const LOWEST_GIVEN_PORT = 32_768;

export function readiness(port: number): Promise<number> {
  return new Promise((resolve) => {
    get({ port, host: "127.0.0.1", path: "/readyz" }, (response) =>
      resolve(response.resume().statusCode ?? 0),
    ).on("error", () => resolve(0));
  });
}

/** Starts a server on free ports and waits until it is ready. */
export async function serve(
  t: Teardown,
  args: readonly string[] = [],
  stdout: "pipe" | number = "pipe",
  env: NodeJS.ProcessEnv = {},
) {
  const [port, health] = stdout === "pipe" ? [0, 0] : [await freePort(), await freePort()];
  const ports = ["--host", "127.0.0.1", "--port", `${port}`, "--health-port", `${health}`];
  const running = run(t, ["serve", ...ports, ...args], stdout, env);
  const own = stdout === "pipe" ? await portsOf(running) : { port, health };
  while ((await readiness(own.health)) !== 200) {
    if (running.child.exitCode !== null) throw new Error(`it ended: ${running.stderr()}`);
    await sleep(20);
  }
  return { ...running, ...own };
}

/** The ports from the log line of the start. Throws if the process ends before that line. */
export async function portsOf(running: Run): Promise<{ port: number; health: number }> {
  let ended = false;
  running.child.once("close", () => {
    ended = true;
  });
  for (;;) {
    const started = logOf(running).find(({ event }) => event === "started");
    if (started !== undefined)
      return { port: started["port"] as number, health: started["healthPort"] as number };
    if (ended) throw new Error(`it ended: ${running.stderr()}`);
    await sleep(20);
  }
}

/** The log lines so far, without an incomplete last line. */
export function logOf({ stdout }: Pick<Run, "stdout">): Record<string, unknown>[] {
  const lines = stdout().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** All log lines that are not decisions. The function waits first, because lines are written with a delay. */
export async function eventsOf(run: Pick<Run, "stdout">): Promise<Record<string, unknown>[]> {
  await sleep(LOG_DELAY);
  return logOf(run).filter(({ event }) => event !== "decision");
}

/** The server writes log lines in batches, after at most 0.2 s. */
const LOG_DELAY = 400;

/** No server accepted the connection: the port was closed before or while the client connected. */
export class NotConnected extends Error {}

/**
 * Posts a review. Rejects with NotConnected if no request was sent, because there was no connection; otherwise with the
 * error of the request.
 */
export function post(
  agent: Agent,
  port: number,
  body = REVIEW,
): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const options = { agent, port, host: "127.0.0.1", path: "/mutate", method: "POST", headers };
    let connected = false;
    const sent = request(options, (response) => {
      const { connection } = response.headers;
      response
        .resume()
        .on("error", reject)
        .on("end", () => resolve({ status: response.statusCode ?? 0, connection }));
    });
    sent.on("socket", (socket) => {
      connected = sent.reusedSocket;
      if (connected) return;
      socket.once("secureConnect", () => {
        connected = true;
      });
    });
    sent.on("error", (error) => reject(connected ? error : new NotConnected())).end(body);
  });
}

/** A directory with a valid certificate and key, and with files that each have one fault. */
export function files(t: Test) {
  const { cert, key } = makeCertificate();
  const directory = t.testdir({
    "tls.crt": cert,
    "tls.key": key,
    "other.key": makeCertificate().key,
    "text.pem": "hello\n",
    "good.yaml":
      'apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nkubernetesVersion: "1.37"\n',
    "field.yaml":
      "apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nprestopSleepSeconds: ten\nfoo: 1\n",
    "broken.yaml": "apiVersion: gracekeeper.dev/v1alpha1\nkind: [\n",
    "two.yaml": "kind: A\n---\nkind: B\n",
    nameless: JSON.stringify({
      clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:9" } }],
      users: [{ name: "u", user: {} }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
    secret: "x",
  });
  chmodSync(join(directory, "secret"), 0);
  return directory;
}
