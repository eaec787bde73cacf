/**
 * `npm run bench`: compares the cost of our server with that of a minimal Node server. Client and servers are separate
 * processes on one machine. The two servers take turns, so that other work on the machine affects both.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { budgetOf } from "../../src/hook/budget.ts";
import { PROGRAMS } from "../../src/hook/programs/table.ts";
import { readHook } from "../../src/hook/read-handler.ts";
import { REQUEST_UNITS } from "../../src/hook/rounds.ts";
import { createClient } from "../../tools/demo/client.ts";
import { freePort, readiness } from "../cli/processes.ts";
import { decisionCost, median } from "./decision-cost.ts";
import { type Load, load, type Target } from "./load.ts";
import { typicalReview } from "./review.ts";
import { type WarmUpRounds, warmUp } from "./warm-up.ts";

const ROUNDS = 5;
const ROUND_MILLISECONDS = 2000;
const WARM_UP_CONNECTIONS = 16;

const WARM_UP: WarmUpRounds = { steady: 2, most: 15 };

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
  // The server writes its log to /dev/null, so that this process does not spend time on reading the log.
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  children.push(child);
  while ((await readiness(health)) !== 200) await sleep(2);
  return { child, port, startMilliseconds: performance.now() - started };
}

async function startBare(answer: string): Promise<{ child: ChildProcess; port: number }> {
  writeFileSync(join(directory, "answer"), answer);
  const args = [join(import.meta.dirname, "bare-server.ts"), directory, join(directory, "answer")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return { child, port: Number(line) };
}

/** A number from /proc, which only Linux has; NaN on other systems. */
function fromProc(child: ChildProcess, file: string, read: (text: string) => number): number {
  try {
    return read(readFileSync(`/proc/${child.pid}/${file}`, "utf8"));
  } catch {
    return Number.NaN;
  }
}

const rssMegabytes = (child: ChildProcess): string =>
  fromProc(child, "status", (text) => (Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) * 1024) / 1e6).toFixed(0);

/** Processor time of a process so far: utime and stime of proc(5), in ticks of 10 ms. */
const cpuMicroseconds = (child: ChildProcess): number =>
  fromProc(child, "stat", (text) => {
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  });

interface Round extends Load {
  /**
   * Microseconds of CPU time that the server needs for one review. Other load on the machine hardly changes CPU time.
   */
  readonly cpu: number;
}

async function round(child: ChildProcess, target: Target, connections: number): Promise<Round> {
  const before = cpuMicroseconds(child);
  const result = await load(target, connections, ROUND_MILLISECONDS);
  return { ...result, cpu: (cpuMicroseconds(child) - before) / result.latencies.length };
}

/** A percentile of all latencies: a `share` of 0.99 gives the 99th percentile. */
function percentile(rounds: readonly Round[], share: number): number {
  const all = rounds.flatMap(({ latencies }) => [...latencies]).sort((a, b) => a - b);
  return all[Math.floor(all.length * share)] ?? 0;
}

interface Side {
  readonly child: ChildProcess;
  readonly target: Target;
}

async function compare(ours: Side, bare: Side): Promise<void> {
  console.log("connections   ours/s   bare/s   ratio    p50 ms (bare)    p99 ms (bare)   cpu us (bare)");
  for (const connections of CONNECTIONS) {
    const a: Round[] = [];
    const b: Round[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      a.push(await round(ours.child, ours.target, connections));
      b.push(await round(bare.child, bare.target, connections));
    }
    const of = (rounds: Round[], what: (round: Round) => number): number => median(rounds.map(what));
    const both = (value: (rounds: Round[]) => number, digits: number): string =>
      `${value(a).toFixed(digits)} (${value(b).toFixed(digits)})`.padStart(16);
    const columns = [
      `${connections}`.padStart(11),
      of(a, ({ perSecond }) => perSecond)
        .toFixed(0)
        .padStart(8),
      of(b, ({ perSecond }) => perSecond)
        .toFixed(0)
        .padStart(8),
      median(a.map(({ perSecond }, i) => perSecond / (b[i]?.perSecond ?? 0)))
        .toFixed(2)
        .padStart(7),
      both((rounds) => percentile(rounds, 0.5), 2),
      both((rounds) => percentile(rounds, 0.99), 2),
      both((rounds) => of(rounds, ({ cpu }) => cpu), 0),
    ];
    console.log(columns.join(" "));
  }
}

/** Microseconds to read one typical hook, 80 bytes of shell, in this process. */
function hookMicroseconds(): number {
  const script = "wget -q -O- http://localhost:8080/drain; sleep 15 && nginx -s quit; sleep 5; true ok";
  const handler = { kind: "exec", command: ["sh", "-c", script] } as const;
  const read = () =>
    readHook(handler, { env: new Map(), programs: PROGRAMS, budget: budgetOf(REQUEST_UNITS) });
  const times = 20_000;
  for (let i = 0; i < times; i++) read();
  const started = performance.now();
  for (let i = 0; i < times; i++) read();
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

/** Runs rounds of load until the rate no longer rises, and prints the rates. */
async function warmUpServer(name: string, target: Target): Promise<void> {
  const rates = await warmUp(async () => {
    const { perSecond } = await load(target, WARM_UP_CONNECTIONS, ROUND_MILLISECONDS);
    return perSecond;
  }, WARM_UP);
  console.log(`warm-up of ${name}, ${rates.length} rounds, requests/s: ${rates.map(rounded).join(" ")}`);
}

const rounded = (value: number): string => value.toFixed(0);

async function reportDecision(body: string): Promise<void> {
  const { parse, decide, ratio, warmUp: rates } = await decisionCost(body);
  console.log(`warm-up of validate, ${rates.length} rounds, decisions/s: ${rates.map(rounded).join(" ")}`);
  console.log(
    `validate over JSON.parse of the typical review: ${ratio.toFixed(2)} (${decide.toFixed(1)} us, ${parse.toFixed(1)} us)`,
  );
}

/** The time from ready to the first answer, and to the second answer on the same connection. */
async function firstReviews(options: readonly string[], cert: string, body: string): Promise<string> {
  const times: { readonly first: number; readonly second: number }[] = [];
  for (let i = 0; i < STARTS; i++) {
    const { child, port } = await startOurs(...options);
    const client = createClient(port, cert);
    // Opens the connection first, so that the TLS handshake is not measured.
    await client.post("/", "application/json", "{}");
    const timed = async () => {
      const start = performance.now();
      await client.post(ROUTE, "application/json", body);
      return performance.now() - start;
    };
    times.push({ first: await timed(), second: await timed() });
    client.close();
    child.kill("SIGKILL");
  }
  const first = median(times.map((one) => one.first));
  const second = median(times.map((one) => one.second));
  return `${first.toFixed(1)} ms, the second ${second.toFixed(1)} ms`;
}

async function main(): Promise<void> {
  const { cert, key } = makeCertificate();
  writeFileSync(join(directory, "tls.crt"), cert);
  writeFileSync(join(directory, "tls.key"), key);
  const config = join(directory, "config.yaml");
  writeFileSync(
    config,
    'apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nkubernetesVersion: "1.37"\n',
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
  const { child, port } = await startOurs(...mounted);
  const ready = rssMegabytes(child);
  const client = createClient(port, cert);
  const { body: answer } = await client.post(ROUTE, "application/json", body);
  client.close();
  await reportDecision(body);
  console.log(`first review after ready, median of ${STARTS}: ${await firstReviews(mounted, cert, body)}`);
  const ours = { child, target: { port, ca: cert, path: ROUTE, body } };
  const other = await startBare(answer);
  const bare = { child: other.child, target: { ...ours.target, port: other.port } };
  const bareReady = rssMegabytes(bare.child);
  console.log(
    `review of ${body.length} bytes, answer of ${answer.length}, TLS, kept connections; ${ROUNDS} rounds of ${ROUND_MILLISECONDS / 1000} s each in turn, medians:`,
  );
  await warmUpServer("ours", ours.target);
  await warmUpServer("bare", bare.target);
  await compare(ours, bare);
  console.log(
    `RSS in MB (bare): ${ready} (${bareReady}) when ready, ${rssMegabytes(child)} (${rssMegabytes(bare.child)}) after the load`,
  );
}

try {
  await main();
} finally {
  for (const child of children) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
}
