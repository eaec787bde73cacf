/**
 * `npm run overload`: sends one replica ten times as many calls as it can decide, as an API server does. The results
 * are printed each second. Late answers under overload are expected. The exit code is 1 if a connection broke, a 503
 * had no Retry-After, or nothing was decided. The exit code is also 1 if memory exceeded the limit of the manifests, or
 * the replica did not recover.
 */
import { readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { podOf, reviewOf, shellHook } from "../reviews.ts";
import { certificate, startReplica } from "../rollouts/rollout.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "30" },
    times: { type: "string", default: "10" },
    /** MiB of each review; 0 for reviews that are small and costly to decide. */
    size: { type: "string", default: "0" },
  },
});

const SECOND = 1000;

/** How long the API server waits for an answer: `timeoutSeconds` of the manifests. */
const TIMEOUT = 2 * SECOND;

/** The most expensive reviews. The server, not this client, must be the process that needs all CPU time. */
const COUNTING = "i=0; until [ $i -gt 9000 ]; do i=$((i+1)); done; sleep 5";
const containers = Array.from({ length: 10 }, (_, i) => ({ ...shellHook(COUNTING), name: `web-${i}` }));
const annotations = { padding: "x".repeat(Number(values.size) * 1024 * 1024) };
const COSTLY = JSON.stringify(
  reviewOf(values.size === "0" ? podOf({ containers }) : podOf({}, { annotations })),
);

type End = "decided" | "late" | "broken";

interface Counts {
  decided: number;
  late: number;
  broken: number;
  shed: number;
  /** The answers with 503 and Retry-After: 1. */
  retryAfter: number;
}

/** The memory limit of the manifests, in MiB. */
const MEMORY_LIMIT = 256;

/** After the load, at most this many calls are sent in sequence, until one is decided at once. */
const RECOVERY_CALLS = 30;

const none = (): Counts => ({ decided: 0, late: 0, broken: 0, shed: 0, retryAfter: 0 });

/** One webhook call, as client-go makes it: a 503 with Retry-After is repeated until the timeout of the call. */
async function call(agent: Agent, port: number, counts: Counts): Promise<void> {
  const started = performance.now();
  for (;;) {
    const answer = await post(agent, port, TIMEOUT - (performance.now() - started));
    if (typeof answer === "string") {
      counts[answer]++;
      return;
    }
    counts.shed++;
    if (answer.retryAfter === "1") counts.retryAfter++;
    const left = TIMEOUT - (performance.now() - started);
    await sleep(Math.max(0, Math.min(left, SECOND)));
    if (left > SECOND) continue;
    counts.late++;
    return;
  }
}

function post(
  agent: Agent,
  port: number,
  milliseconds: number,
): Promise<End | { readonly retryAfter: string | undefined }> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(COSTLY) };
    const options = { agent, port, host: "127.0.0.1", path: "/validate/enforce", method: "POST", headers };
    const end = (what: Parameters<typeof resolve>[0]): void => {
      clearTimeout(timer);
      resolve(what);
    };
    const sent = request(options, (response) => {
      response.resume().on("error", () => end("broken"));
      response.on("end", () => {
        if (response.statusCode === 200) end("decided");
        else end({ retryAfter: response.headers["retry-after"] });
      });
    });
    const timer = setTimeout(() => {
      resolve("late");
      sent.destroy();
    }, milliseconds);
    sent.on("error", () => end("broken")).end(COSTLY);
  });
}

async function capacity(agent: Agent, port: number): Promise<number> {
  const until = performance.now() + 3 * SECOND;
  const counts = none();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (performance.now() < until) await call(agent, port, counts);
    }),
  );
  return counts.decided / 3;
}

const megabytes = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

const ends: (() => unknown)[] = [];
const t = { teardown: (end: () => unknown) => ends.push(end) };

async function main(): Promise<void> {
  const { folder, cert } = certificate(t);
  const { port, child } = await startReplica(t, ["--certs-dir", folder]);
  const ended = (): void => {
    console.log("overload failed: the replica ended under the load");
    process.exit(1);
  };
  child.once("exit", ended);
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 25, ca: cert, servername: "localhost" });
  await capacity(agent, port);
  const perSecond = await capacity(agent, port);
  // Each caller has one call in flight. A call that is not decided lasts until its timeout.
  const callers = Math.ceil((perSecond * Number(values.times) * TIMEOUT) / SECOND);
  console.log(
    `capacity ${perSecond.toFixed(0)} decisions/s; ${callers} callers ask for ${values.times} times as many`,
  );
  const counts = none();
  const all = none();
  let memory = 0;
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / SECOND;
  const print = setInterval(() => {
    memory = Math.max(memory, megabytes(child.pid));
    console.log(`${seconds().toFixed(1)} s: ${taken(counts, all)}; ${megabytes(child.pid).toFixed(0)} MB`);
  }, SECOND);
  await Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      // The callers start at different moments, spread over one timeout.
      await sleep((index / callers) * TIMEOUT);
      while (seconds() < Number(values.seconds)) await call(agent, port, counts);
    }),
  );
  clearInterval(print);
  taken(counts, all);
  const calls = await recovery(agent, port);
  child.off("exit", ended);
  const faults = [
    ...(all.broken > 0 ? [`${all.broken} connections broke`] : []),
    ...(all.shed > all.retryAfter ? [`${all.shed - all.retryAfter} refusals without Retry-After: 1`] : []),
    ...(all.decided === 0 ? ["nothing was decided"] : []),
    ...(memory > MEMORY_LIMIT ? [`${memory.toFixed(0)} MB is over the limit of ${MEMORY_LIMIT} MB`] : []),
    ...(calls > RECOVERY_CALLS ? [`not recovered after ${RECOVERY_CALLS} calls`] : []),
  ];
  console.log(`recovered after ${calls} calls; ${memory.toFixed(0)} MB at most`);
  console.log(faults.length === 0 ? "overload passed" : `overload failed: ${faults.join("; ")}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

/** A line with the counts since the last call of this function. The counts are added to `all` and set to 0. */
function taken(counts: Counts, all: Counts): string {
  const { decided, late, broken, shed, retryAfter } = counts;
  for (const key of Object.keys(counts) as (keyof Counts)[]) {
    all[key] += counts[key];
    counts[key] = 0;
  }
  return `${decided} decided in time, ${late} not, ${shed} answers 503 (${retryAfter} with Retry-After: 1), ${broken} broken`;
}

/** The number of calls until a call is decided at once; RECOVERY_CALLS + 1 if no call is. */
async function recovery(agent: Agent, port: number): Promise<number> {
  for (let calls = 1; calls <= RECOVERY_CALLS; calls++) {
    const before = performance.now();
    const one = none();
    await call(agent, port, one);
    if (one.decided === 1 && one.shed === 0 && performance.now() - before < SECOND / 2) return calls;
  }
  return RECOVERY_CALLS + 1;
}

try {
  await main();
} finally {
  for (const end of ends.reverse()) await end();
}
process.exit();
