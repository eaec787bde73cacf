import { parentPort, workerData } from "node:worker_threads";
import { FaultyApiServer, type Metadata } from "./faulty-api-server.ts";

/** The workerData of this worker. */
export interface Namespaces {
  readonly count: number;
  /** The metadata of each namespace as JSON. Each $ becomes the number of the namespace. */
  readonly metadata: string;
}

/** Runs a fake API server in a worker, so that it has a separate heap. Posts its kubeconfig. */
const { count, metadata } = workerData as Namespaces;
const server = await FaultyApiServer.start({ teardown: () => undefined });
for (let index = 0; index < count; index++) {
  server.set(`team-${index}`, JSON.parse(metadata.replaceAll("$", `${index}`)) as Metadata);
}
server.compact();
parentPort?.postMessage(server.kubeconfig());
