/**
 * `npm run bench`: what our server costs beside the least that Node can do. Client and servers are processes of their
 * own on one machine; the two servers take turns, so that whatever else the machine does hits both.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { createServer } from "node:net";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificate } from "../../src/certs/self-made.ts";
import { createClient } from "../../src/cli/client.ts";
import { PROGRAMS } from "../../src/hook/programs.ts";
import { readHook } from "../../src/hook/read-hook.ts";
import { type Load, load, type Target } from "./load.ts";
import { typicalReview } from "./review.ts";

const ROUNDS = 5;
const ROUND_MILLISECONDS = 2000;
const WARM_UP_MILLISECONDS = 3000;
const CONNECTIONS = [1, 16, 64];
const STARTS = 9;
const MAIN = join(import.meta.dirname, "../../src/main.ts");
const ROUTE = "/validate/enforce";

const children: ChildProcess[] = [];
const directory = mkdtempSync(join(tmpdir(), "gracekeeper-bench-"));

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly startMilliseconds: number;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** Starts our server and waits until it says that it is ready. */
async function startOurs(...options: string[]): Promise<Running> {
  const [port, health] = [await freePort(), await freePort()];
  const started = performance.now();
  const args = [
    MAIN,
    "serve",
    "--host",
    "127.0.0.1",
    "--port",
    `${port}`,
    "--health-port",
    `${health}`,
    ...options,
  ];
  // Its log goes to /dev/null: it is written, and the client does not pay for reading it.
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  children.push(child);
  while (!(await isReady(health))) await sleep(2);
  return { child, port, startMilliseconds: performance.now() - started };
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get({ port, host: "127.0.0.1", path: "/readyz" }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on("error", () => resolve(false));
  });
}

async function startBare(answer: string): Promise<number> {
  writeFileSync(join(directory, "answer"), answer);
  const script = join(import.meta.dirname, "bare-server.ts");
  const child = spawn(process.execPath, [script, directory, join(directory, "answer")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return Number(line);
}

function rssMegabytes(child: ChildProcess): string {
  try {
    const kibibytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1];
    return `${Math.round((Number(kibibytes) * 1024) / 1e6)} MB`;
  } catch {
    return "not known on this system";
  }
}

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** The value below which this share of all rounds' latencies lies. */
function percentile(rounds: readonly Load[], share: number): number {
  const all = rounds.flatMap(({ latencies }) => [...latencies]).sort((a, b) => a - b);
  return all[Math.floor(all.length * share)] ?? 0;
}

async function compare(ours: Target, bare: Target): Promise<void> {
  console.log("connections   ours/s   bare/s   ratio   p50 ms (bare)     p99 ms (bare)");
  for (const connections of CONNECTIONS) {
    const rounds: { ours: Load; bare: Load }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        ours: await load(ours, connections, ROUND_MILLISECONDS),
        bare: await load(bare, connections, ROUND_MILLISECONDS),
      });
    }
    const perSecond = (which: "ours" | "bare") => median(rounds.map((round) => round[which].perSecond));
    const ratio = median(rounds.map((round) => round.ours.perSecond / round.bare.perSecond));
    const at = (share: number): string => {
      const [a, b] = [rounds.map((round) => round.ours), rounds.map((round) => round.bare)];
      return `${percentile(a, share).toFixed(2)} (${percentile(b, share).toFixed(2)})`.padStart(16);
    };
    console.log(
      `${connections}`.padStart(11),
      perSecond("ours").toFixed(0).padStart(8),
      perSecond("bare").toFixed(0).padStart(8),
      ratio.toFixed(2).padStart(7),
      at(0.5),
      at(0.99),
    );
  }
}

/** Microseconds to read one typical hook, 80 bytes of shell, in this process. */
function hookMicroseconds(): number {
  const script = "wget -q -O- http://localhost:8080/drain; sleep 15 && nginx -s quit; sleep 5; true ok";
  const handler = { kind: "exec", command: ["sh", "-c", script] } as const;
  const around = { env: new Map<string, string>(), programs: PROGRAMS };
  const times = 20_000;
  for (let i = 0; i < times; i++) readHook(handler, around);
  const started = performance.now();
  for (let i = 0; i < times; i++) readHook(handler, around);
  return ((performance.now() - started) * 1000) / times;
}

async function startTimes(...options: string[]): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const { child, startMilliseconds } = await startOurs(...options);
    child.kill("SIGKILL");
    times.push(startMilliseconds);
  }
  return median(times);
}

async function main(): Promise<void> {
  const { cert, key } = makeCertificate();
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  const config = join(directory, "config.yaml");
  writeFileSync(
    config,
    'apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nkubernetesVersion: "1.36"\n',
  );
  const mounted = ["--certs-dir", directory, "--config", config];

  console.log(
    `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}: client and server share them.`,
  );
  console.log(`one hook of 80 bytes read: ${hookMicroseconds().toFixed(1)} us`);
  console.log(
    `start to ready, median of ${STARTS}: ${(await startTimes(...mounted)).toFixed(0)} ms mounted certificate and configuration, ${(await startTimes()).toFixed(0)} ms npm start`,
  );

  const body = typicalReview();
  const ours = await startOurs(...mounted);
  console.log(`RSS when ready: ${rssMegabytes(ours.child)}`);
  const client = createClient(ours.port, cert);
  const { body: answer } = await client.post(ROUTE, "application/json", body);
  client.close();
  const target = { port: ours.port, ca: cert, path: ROUTE, body };
  const bare = { ...target, port: await startBare(answer) };
  console.log(
    `review of ${body.length} bytes, answer of ${answer.length}, TLS, ${ROUNDS} rounds of ${ROUND_MILLISECONDS / 1000} s each in turn, medians:`,
  );
  await load(target, 16, WARM_UP_MILLISECONDS);
  await load(bare, 16, WARM_UP_MILLISECONDS);
  await compare(target, bare);
  console.log(`RSS after load: ${rssMegabytes(ours.child)}`);
}

try {
  await main();
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
}
