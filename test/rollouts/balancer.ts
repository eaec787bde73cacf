import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Balances connections as kube-proxy does: each connection goes to a random endpoint and stays there. */
export interface Balancer {
  readonly port: number;
  /** Ports of the replicas that get new connections. */
  readonly endpoints: Set<number>;
  /** The replica that serves a connection, by the client's port. Undefined if the connection reached no replica. */
  replicaOf(clientPort: number | undefined): number | undefined;
  close(): void;
}

export async function startBalancer(): Promise<Balancer> {
  const endpoints = new Set<number>();
  const replicas = new Map<number, number>();
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const all = [...endpoints];
    const port = all[Math.floor(Math.random() * all.length)];
    if (port === undefined) {
      client.resetAndDestroy();
      return;
    }
    if (client.remotePort !== undefined) replicas.set(client.remotePort, port);
    const replica = connect({ port, host: "127.0.0.1", noDelay: true });
    for (const [one, other] of [
      [client, replica],
      [replica, client],
    ] as const) {
      open.add(one);
      one.on("error", () => other.resetAndDestroy());
      one.on("close", () => open.delete(one));
      one.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    endpoints,
    replicaOf: (clientPort) => (clientPort === undefined ? undefined : replicas.get(clientPort)),
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
