import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server } from "node:net";
import { makeCertificate } from "../../../src/certs/self-signed.ts";
import type { Cause } from "../../../src/kube/probe/causes.ts";

const DAY_MILLISECONDS = 86_400_000;

/** A certificate that was made this many days ago has expired. */
const LONG_AGO_DAYS = 200;

/** A `clientConfig` that leads the API server to another target than gracekeeper. */
export type ClientConfig = Readonly<Record<string, unknown>>;

export interface Break {
  readonly cause: Cause;
  /** A short description of the failure, such as `nothing listens`. */
  readonly what: string;
  readonly clientConfig: ClientConfig;
}

/** Servers that answer wrongly instead of gracekeeper. `close` ends all of these servers. */
export class Impostors {
  readonly #servers: Server[] = [];
  readonly #good = makeCertificate();

  close(): void {
    for (const server of this.#servers) server.close();
  }

  /** Every failure of a call that can be produced on one machine. `good` is a `clientConfig` that works. */
  async breaks(good: ClientConfig): Promise<readonly Break[]> {
    const service = good["service"] as Readonly<Record<string, unknown>>;
    const expired = makeCertificate(new Date(Date.now() - LONG_AGO_DAYS * DAY_MILLISECONDS));
    const stranger = await this.#https(200, this.#good);
    const unknown = await this.#https(200, makeCertificate());
    return [
      { cause: "refused", what: "nothing listens", clientConfig: await this.#closedPort() },
      { cause: "timeout", what: "no answer", clientConfig: await this.#tcp(() => {}) },
      {
        // The wrong caBundle is in an entry for another server, because gracekeeper repairs caBundle of its own entries
        // at once.
        cause: "not-trusted",
        what: "caBundle of another CA",
        clientConfig: { ...unknown, caBundle: base64(this.#good.cert) },
      },
      { cause: "expired", what: "an expired certificate", clientConfig: await this.#https(200, expired) },
      {
        cause: "wrong-name",
        what: "a certificate for another name",
        clientConfig: {
          service: { ...service, port: Number(new URL(String(stranger["url"])).port) },
          caBundle: stranger["caBundle"],
        },
      },
      {
        cause: "no-service",
        what: "no Service",
        clientConfig: { ...good, service: { ...service, name: "none" } },
      },
      {
        cause: "not-found",
        what: "a path that gracekeeper does not have",
        clientConfig: { ...good, service: { ...service, path: "/none" } },
      },
      {
        cause: "not-found",
        what: "another server answers 404",
        clientConfig: await this.#https(404, this.#good),
      },
      {
        cause: "server-error",
        what: "another server answers 500",
        clientConfig: await this.#https(500, this.#good),
      },
      {
        cause: "overloaded",
        what: "another server answers 503",
        clientConfig: await this.#https(503, this.#good),
      },
      {
        cause: "other",
        what: "another server answers what is no review",
        clientConfig: await this.#https(200, this.#good),
      },
      { cause: "no-tls", what: "plain HTTP", clientConfig: await this.#http() },
      {
        cause: "connection-cut",
        what: "the connection is closed",
        clientConfig: await this.#tcp((socket) => socket.destroy()),
      },
      {
        cause: "unknown-host",
        what: "a name that nobody has",
        clientConfig: { url: "https://gracekeeper.invalid/", caBundle: base64(this.#good.cert) },
      },
    ];
  }

  async #listen(server: Server): Promise<ClientConfig> {
    this.#servers.push(server);
    server.listen(0, "localhost");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    return { url: `https://localhost:${port}/`, caBundle: base64(this.#good.cert) };
  }

  async #closedPort(): Promise<ClientConfig> {
    const server = createServer();
    const clientConfig = await this.#listen(server);
    server.close();
    await once(server, "close");
    return clientConfig;
  }

  #tcp(connected: (socket: { destroy(): void }) => void): Promise<ClientConfig> {
    return this.#listen(createServer(connected));
  }

  #http(): Promise<ClientConfig> {
    return this.#listen(createHttpServer((_, response) => response.end("hello")));
  }

  async #https(status: number, pair: { readonly cert: string; readonly key: string }): Promise<ClientConfig> {
    const server = createHttpsServer(pair, (_, response) => response.writeHead(status).end("hello"));
    return { ...(await this.#listen(server)), caBundle: base64(pair.cert) };
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
