import { Agent, request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import type { Balancer } from "./balancer.ts";

/** The results of the requests so far. */
export interface Outcome {
  answered: number;
  /** Each of them would be a failed admission. */
  readonly failures: string[];
  /** Answers by the port of the replica that gave them. */
  readonly by: Map<number, number>;
}

export interface Load {
  readonly outcome: Outcome;
  /** Resolves when the requests that are under way have ended. */
  stop(): Promise<void>;
}

/** client-go keeps this many idle connections to a host (apimachinery pkg/util/net `SetTransportDefaults`). */
const IDLE_CONNECTIONS = 25;

/** Milliseconds until an answer counts as lost. An API server waits 2 s; a busy machine that is late loses nothing. */
const TIMEOUT = 10_000;

/** Milliseconds between two requests of one caller, at most: connections are then idle at times. */
const PAUSE = 20;

export interface LoadSettings {
  readonly balancer: Balancer;
  readonly ca: string;
  readonly body: string;
  readonly callers: number;
  /** False makes a connection for each request, as an API server that resolves the endpoint each time. */
  readonly keepAlive: boolean;
}

/** Posts reviews as an API server does: kept connections, no second try after a connection that broke. */
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
