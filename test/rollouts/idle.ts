/**
 * `npm run idle`: sends reviews over connections that were idle for 60 to 100 s, and counts those that broke. Like an
 * API server, the client closes a connection that was idle for 90 s, and does not repeat a failed POST. The exit code
 * is 1 if the server closed a connection first or a request failed.
 */
import { Agent, request } from "node:https";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { typicalReview } from "../bench/review.ts";
import { certificate, startReplica } from "./rollout.ts";

const { values } = parseArgs({
  options: {
    posts: { type: "string", default: "10000" },
    /** The number of simultaneous connections. Each connection sends an equal share of the posts, one after another. */
    connections: { type: "string", default: "1000" },
    /** A client closes a connection after this idle time (apimachinery pkg/util/net `SetTransportDefaults`). */
    close: { type: "string", default: "90" },
  },
});

const SECOND = 1000;
const LEAST = 60 * SECOND;
const MOST = 100 * SECOND;
const CLOSE = Number(values.close) * SECOND;

/** Milliseconds between the first handshakes. TLS handshakes are expensive, so they must not coincide. */
const APART = 20;

const connections = Number(values.connections);
const rounds = Math.ceil(Number(values.posts) / connections);
const BODY = typicalReview();

const counts = { reused: 0, anew: 0, closedFirst: 0 };
const failures: string[] = [];

const ends: (() => unknown)[] = [];
const t = { teardown: (end: () => unknown) => ends.push(end) };

interface Target {
  readonly port: number;
  readonly cert: string;
}

/** One connection of the simulated API server. `socket` is undefined before the first answer and after a failure. */
class Connection {
  readonly #target: Target;
  #agent: Agent;
  #socket: Socket | undefined;

  constructor(target: Target) {
    this.#target = target;
    this.#agent = this.#made();
  }

  #made(): Agent {
    return new Agent({ keepAlive: true, maxSockets: 1, ca: this.#target.cert, servername: "localhost" });
  }

  /** Opens the first connection. Tries again until a connection is open, because the machine may be busy. */
  async open(): Promise<void> {
    await this.post().catch(() => this.open());
  }

  async idle(milliseconds: number): Promise<void> {
    await sleep(Math.min(milliseconds, CLOSE));
    if (this.#socket?.destroyed === true) counts.closedFirst++;
    if (milliseconds < CLOSE) return;
    this.close();
    this.#agent = this.#made();
    await sleep(milliseconds - CLOSE);
  }

  close(): void {
    this.#agent.destroy();
  }

  /**
   * Posts a review. Returns whether an existing connection was used. If the request fails, the error message says
   * whether the connection was new.
   */
  post(): Promise<boolean> {
    return new Promise((resolve, fail) => {
      const reject = (error: Error): void => {
        this.#socket = undefined;
        fail(new Error(`${error.message}, over a ${sent.reusedSocket ? "kept" : "new"} connection`));
      };
      const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(BODY) };
      const target = { agent: this.#agent, port: this.#target.port, host: "127.0.0.1" };
      const sent = request({ ...target, path: "/mutate", method: "POST", headers }, (response) => {
        this.#socket = response.socket;
        response.resume().on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 200) resolve(sent.reusedSocket);
          else reject(new Error(`HTTP ${response.statusCode}`));
        });
      });
      sent.on("error", reject).end(BODY);
    });
  }
}

async function drive(target: Target, place: number): Promise<void> {
  await sleep(place * APART);
  const connection = new Connection(target);
  await connection.open();
  for (let round = 0; round < rounds; round++) {
    await connection.idle(LEAST + Math.random() * (MOST - LEAST));
    try {
      if (await connection.post()) counts.reused++;
      else counts.anew++;
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  connection.close();
}

async function main(): Promise<void> {
  const { folder, cert } = certificate(t);
  const { port } = await startReplica(t, ["--certs-dir", folder]);
  const all = Array.from({ length: connections }, (_, place) => drive({ port, cert }, place));
  const print = setInterval(() => console.log(`${counts.reused + counts.anew} sent`), MOST);
  await Promise.all(all);
  clearInterval(print);
  const { reused, anew, closedFirst } = counts;
  console.log(
    `${reused + anew} requests after 60 to 100 s: ${reused} over the connection from before, ${anew} over a new one because the client had closed it; ${failures.length} failed, ${closedFirst} connections closed by the server first`,
  );
  for (const failure of new Set(failures)) console.log(`failed: ${failure}`);
  process.exitCode = failures.length + closedFirst > 0 ? 1 : 0;
}

try {
  await main();
} finally {
  for (const end of ends.reverse()) await end();
}
process.exit();
