import { connect, createServer, type Server } from "node:net";

/**
 * A substitute for the Service and kube-proxy. Each new connection goes to the next ready replica, and an open
 * connection stays with its replica.
 */
export class Balancer {
  readonly port: number;
  readonly #server: Server;
  readonly #endpoints: number[];

  private constructor(server: Server, port: number, endpoints: number[]) {
    this.#server = server;
    this.port = port;
    this.#endpoints = endpoints;
  }

  static async start(): Promise<Balancer> {
    const endpoints: number[] = [];
    const server = createServer((client) => {
      const port = endpoints.shift();
      if (port === undefined) return void client.destroy();
      endpoints.push(port);
      const replica = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [client, replica],
        [replica, client],
      ] as const) {
        one.setNoDelay(true);
        one.pipe(other);
        one.on("error", () => other.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const address = server.address();
    return new Balancer(server, typeof address === "object" ? (address?.port ?? 0) : 0, endpoints);
  }

  /** Adds a ready replica by its port. */
  add(port: number): void {
    this.#endpoints.push(port);
  }

  remove(port: number): void {
    const at = this.#endpoints.indexOf(port);
    if (at >= 0) this.#endpoints.splice(at, 1);
  }

  /** Accepts no more connections. Open connections end when the replicas stop. */
  stop(): void {
    this.#server.close();
  }
}
