import { Agent, request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import { podOf, reviewOf } from "../reviews.ts";

/** The number of requests for each HTTP status or error code. */
export type Outcomes = Map<number | string, number>;

export interface Target {
  readonly port: number;
  readonly ca: string;
  /** A name that the certificate is for. */
  readonly servername: string;
}

/** The API server repeats a call a second after a 503. A webhook call has 2 s, so there is at most one repetition. */
const RETRY_MILLISECONDS = 1000;

/** Posts a review in enforce mode. Returns the HTTP status or the error code. */
export function post(
  { port, ca, servername }: Target,
  agent: Agent,
  body: Buffer | string,
): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const options = {
      agent,
      ca,
      servername,
      host: "127.0.0.1",
      port,
      path: "/validate/enforce",
      method: "POST",
      headers,
    };
    const sent = request(options, (response) => {
      response
        .resume()
        .on("end", () => resolve(response.statusCode ?? 0))
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });
}

/**
 * Sends `rounds` requests on each of `connections` parallel connections, and takes the bodies in rotation. Waits a
 * second after each failed request.
 */
export async function load(
  target: Target,
  bodies: readonly Buffer[],
  connections: number,
  rounds: number,
): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const drive = async (_: unknown, place: number) => {
    for (let round = 0; round < rounds; round++) {
      const outcome = await post(target, agent, bodies[(place + round) % bodies.length] as Buffer);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== 200) await wait(RETRY_MILLISECONDS);
    }
  };
  await Promise.all(Array.from({ length: connections }, drive));
  agent.destroy();
  return outcomes;
}

/**
 * Two reviews of this size. One review has a long string, and the other has many small objects, which need far more
 * memory after parsing.
 */
export function largeReviews(bytes: number): readonly Buffer[] {
  const container = (more: object) => ({ name: "web", image: "nginx", ...more });
  const text = podOf({ containers: [container({})] }, { annotations: { long: "x".repeat(bytes) } });
  const variable = (place: number) => ({ name: `NAME_${place}`, value: "some value" });
  const each = JSON.stringify(variable(bytes)).length + 1;
  const env = Array.from({ length: Math.floor(bytes / each) }, (_, place) => variable(place));
  return [text, podOf({ containers: [container({ env })] })].map((pod) =>
    Buffer.from(JSON.stringify(reviewOf(pod))),
  );
}
