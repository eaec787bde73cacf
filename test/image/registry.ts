import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { makeCertificate } from "../../src/certs/self-signed.ts";

/** No server listens at this address. Clients reach the registry only through the proxy. */
const REGISTRY = "https://localhost:1/";

/** The token in the npmrc of the build. */
export const TOKEN = "of-the-secret";

/**
 * A registry like that of a company. The registry's certificate has a private CA, and clients can only reach the
 * registry through a proxy. Answers come from the real registry.
 */
export class Registry {
  readonly url = REGISTRY;
  readonly ca: string;
  requests = 0;
  /** Requests that had credentials. */
  withToken = 0;
  readonly #upstream: string;
  readonly #registry: Server;
  readonly #proxy: Server;

  private constructor(upstream: string) {
    const { cert, key } = makeCertificate();
    this.ca = cert;
    this.#upstream = upstream.endsWith("/") ? upstream : `${upstream}/`;
    this.#registry = createTlsServer({ cert, key }, (request, response) => {
      this.#passOn(request, response).catch((error) => response.writeHead(502).end(String(error)));
    });
    this.#proxy = createServer((_, response) => response.writeHead(405).end());
    this.#proxy.on("connect", (_, socket: Duplex) => this.#tunnel(socket));
  }

  static async start(upstream: string): Promise<Registry> {
    const one = new Registry(upstream);
    for (const server of [one.#registry, one.#proxy]) {
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
    }
    return one;
  }

  get proxy(): string {
    return `http://127.0.0.1:${port(this.#proxy)}`;
  }

  stop(): void {
    for (const server of [this.#registry, this.#proxy]) {
      server.closeAllConnections();
      server.close();
    }
  }

  #tunnel(socket: Duplex): void {
    const inner = connect(port(this.#registry), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(inner).pipe(socket);
    });
    for (const end of [socket, inner]) end.on("error", () => socket.destroy());
  }

  async #passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const { accept = "*/*", authorization } = request.headers;
    if (authorization === `Bearer ${TOKEN}`) this.withToken++;
    const answer = await fetch(new URL((request.url ?? "/").slice(1), this.#upstream), {
      headers: { accept },
    });
    const type = answer.headers.get("content-type") ?? "application/octet-stream";
    const body = type.includes("json")
      ? (await answer.text()).replaceAll(this.#upstream, this.url)
      : Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, { "content-type": type }).end(body);
  }
}

function port(server: Server): number {
  return (server.address() as AddressInfo).port;
}
