import { parentPort, workerData } from "node:worker_threads";
import { FaultyApiServer, type Metadata } from "./faulty-api-server.ts";

/** The data of a worker. */
export interface Namespaces {
  readonly count: number;
  /** JSON; each $ in it becomes the number of the namespace. */
  readonly metadata: string;
}

/** An API server with a heap of its own. Posts its kubeconfig. */
const { count, metadata } = workerData as Namespaces;
const server = await FaultyApiServer.start({ teardown: () => undefined });
for (let index = 0; index < count; index++) {
  server.set(`team-${index}`, JSON.parse(metadata.replaceAll("$", `${index}`)) as Metadata);
}
server.compact();
parentPort?.postMessage(server.kubeconfig());
