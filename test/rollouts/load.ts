import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Balancer } from "./balancer.ts";

/** The results of the requests so far. */
export interface Outcome {
  answered: number;
  /** Errors of failed requests. In a cluster each error would be a failed admission. */
  readonly failures: string[];
  /** The number of answers from each replica, by its port. */
  readonly by: Map<number, number>;
}

export interface Load {
  readonly outcome: Outcome;
  /** Sends no more requests, and resolves when the pending requests have ended. */
  stop(): Promise<void>;
}

/** client-go keeps this many idle connections to a host (apimachinery pkg/util/net `SetTransportDefaults`). */
const IDLE_CONNECTIONS = 25;

/**
 * Milliseconds until a request counts as failed. An API server waits only 2 s, but late answers of a busy machine are
 * no failures here.
 */
const TIMEOUT = 10_000;

/**
 * The longest pause between two requests of one caller, in milliseconds. With pauses, connections are sometimes idle.
 */
const PAUSE = 20;

export interface LoadSettings {
  readonly balancer: Balancer;
  readonly ca: string;
  readonly body: string;
  readonly callers: number;
  /** If false, each request opens a new connection, like an API server that looks up an endpoint for each call. */
  readonly keepAlive: boolean;
}

/** Posts reviews as an API server does: over persistent connections, and without a retry after a broken connection. */
export function startLoad(settings: LoadSettings): Load {
  const { keepAlive, ca, callers } = settings;
  const agent = new Agent({ keepAlive, maxFreeSockets: IDLE_CONNECTIONS, ca, servername: "localhost" });
  const outcome: Outcome = { answered: 0, failures: [], by: new Map() };
  let stopped = false;
  const running = Array.from({ length: callers }, async () => {
    while (!stopped) {
      await post(agent, settings, outcome).catch((error: Error) => outcome.failures.push(error.message));
      await sleep(Math.random() * PAUSE);
    }
  });
  return {
    outcome,
    async stop() {
      stopped = true;
      await Promise.all(running);
      agent.destroy();
    },
  };
}

function post(agent: Agent, { balancer, body }: LoadSettings, outcome: Outcome): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { agent, port: balancer.port, host: "127.0.0.1", path: "/mutate", method: "POST" };
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ ...options, headers, timeout: TIMEOUT }, (response) => {
      const replica = balancer.replicaOf(response.socket.localPort);
      response.resume();
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`HTTP ${response.statusCode}`));
        outcome.answered++;
        if (replica !== undefined) outcome.by.set(replica, (outcome.by.get(replica) ?? 0) + 1);
        resolve();
      });
    });
    sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
    sent.on("error", reject).end(body);
  });
}
