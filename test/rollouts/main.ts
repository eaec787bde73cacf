/**
 * `npm run rollouts`: stops replicas under load repeatedly, and counts failed requests. Two replicas run behind a TCP
 * balancer. Each round replaces one replica under load. The exit code is 1 if a request failed.
 *
 * Delays are shorter than in a cluster: endpoints are updated after one second, and a stopping server serves for three
 * more seconds.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { typicalReview } from "../bench/review.ts";
import { startBalancer } from "./balancer.ts";
import { startLoad } from "./load.ts";
import { certificate, type Replaced, type Replica, replace, startReplica } from "./rollout.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    requests: { type: "string", default: "10000" },
    /** Seconds. */
    endpoints: { type: "string", default: "1" },
    hook: { type: "string", default: "0" },
    delay: { type: "string", default: "3" },
    kill: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    callers: { type: "string", default: "16" },
  },
});

const SECOND = 1000;
const rounds = Number(values.rounds);
const how = {
  endpoints: Number(values.endpoints) * SECOND,
  signal: Number(values.hook) * SECOND,
  kind: values.kill ? "SIGKILL" : "SIGTERM",
} as const;

const ends: (() => unknown)[] = [];
const t = { teardown: (end: () => unknown) => ends.push(end) };

async function main(): Promise<void> {
  const { folder, cert } = certificate(t);
  const args = ["--certs-dir", folder, "--shutdown-delay", values.delay];
  const balancer = await startBalancer();
  t.teardown(() => balancer.close());
  const add = async (): Promise<Replica> => {
    const replica = await startReplica(t, args);
    balancer.endpoints.add(replica.port);
    return replica;
  };
  const replicas = [await add(), await add()];
  const load = startLoad({
    balancer,
    ca: cert,
    body: typicalReview(),
    callers: Number(values.callers),
    keepAlive: !values.fresh,
  });
  const { outcome } = load;
  const replaced: Replaced[] = [];
  for (let round = 1; round <= rounds; round++) {
    const wanted = round * Number(values.requests);
    const old = replicas.shift() as Replica;
    // A killed replica is missing until it has started again. In a rollout, the new replica is ready before the old
    // replica stops.
    const restarted = how.kind === "SIGTERM" ? await add() : undefined;
    replaced.push(await replace(old, { balancer, load }, how));
    replicas.push(restarted ?? (await add()));
    while (outcome.answered < wanted) await sleep(10);
    if (round % 10 === 0)
      console.log(`${round} stops, ${outcome.answered} answered, ${failed(outcome.failures)}`);
  }
  await load.stop();
  report(replaced, outcome);
}

/** The failures as a text, such as `2 failed: ECONNRESET (2)`. */
function failed(failures: readonly string[]): string {
  const kinds = [...new Set(failures)].map(
    (text) => `${text} (${failures.filter((one) => one === text).length})`,
  );
  return `${failures.length} failed${kinds.length > 0 ? `: ${kinds.join(", ")}` : ""}`;
}

function report(
  replaced: readonly Replaced[],
  { answered, failures, by }: ReturnType<typeof startLoad>["outcome"],
): void {
  const afterwards = replaced.map((one) => one.afterwards).sort((a, b) => a - b);
  const sum = afterwards.reduce((one, other) => one + other, 0);
  const exits = replaced.filter(({ exitCode }) => exitCode === 0).length;
  console.log(`answered by ${by.size} replicas: ${[...by.values()].slice(0, 20).join(" ")}`);
  console.log(
    `answered by the old replica after it was deleted: ${sum} in all, median ${afterwards[Math.floor(afterwards.length / 2)]}, most ${afterwards.at(-1)}`,
  );
  console.log(
    `${how.kind} ${rounds} times, ${exits} ended with exit code 0: ${answered} requests answered, ${failed(failures)}`,
  );
  process.exitCode = failures.length > 0 ? 1 : 0;
}

try {
  await main();
} finally {
  for (const end of ends.reverse()) await end();
}
process.exit();
