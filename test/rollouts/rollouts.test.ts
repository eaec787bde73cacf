import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { typicalReview } from "../bench/review.ts";
import { startBalancer } from "./balancer.ts";
import { startLoad } from "./load.ts";
import { certificate, replace, startReplica } from "./rollout.ts";
import "../patience.ts";

/** A small version of `npm run rollouts`. */
const REQUESTS = 200;
const CALLERS = 4;
const ENDPOINTS = 300;

async function rollOut(t: Test): Promise<void> {
  const { folder, cert } = certificate(t);
  const balancer = await startBalancer();
  t.teardown(() => balancer.close());
  const start = async () => {
    const replica = await startReplica(t, ["--certs-dir", folder, "--shutdown-delay", "1"]);
    balancer.endpoints.add(replica.port);
    return replica;
  };
  const old = await start();
  const load = startLoad({ balancer, ca: cert, body: typicalReview(), callers: CALLERS, keepAlive: true });
  const { outcome } = load;
  while (outcome.answered < REQUESTS) await sleep(5);
  t.equal(outcome.by.get(old.port), outcome.answered, "the old one answers them all");
  const next = await start();
  const { exitCode } = await replace(
    old,
    { balancer, load },
    { endpoints: ENDPOINTS, signal: 0, kind: "SIGTERM" },
  );
  const wanted = (outcome.by.get(next.port) ?? 0) + REQUESTS;
  while ((outcome.by.get(next.port) ?? 0) < wanted) await sleep(5);
  await load.stop();
  t.equal(exitCode, 0);
  t.same(outcome.failures, [], `none of ${outcome.answered} is lost`);
}

t.test("no request fails when a replica is replaced under load", (t) => rollOut(t));
