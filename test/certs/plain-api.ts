import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Access } from "../../src/kube/access.ts";
import { ObjectStore } from "../kube/object-store.ts";

/** Objects over HTTP without TLS, for tests with very many requests. */
export interface PlainApi {
  readonly objects: ObjectStore;
  readonly port: number;
  access(): Promise<Access>;
}

export async function plainApi(t: { teardown(end: () => unknown): void }): Promise<PlainApi> {
  const objects = new ObjectStore();
  const server = createServer((request, response) => {
    void objects.answer(request, response, new URL(request.url ?? "/", "http://localhost"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { objects, port, access: async () => plainAccess(port) };
}

export function plainAccess(port: number): Access {
  return {
    namespace: "gracekeeper",
    target: async () => ({ server: `http://127.0.0.1:${port}`, options: { agent: false } }),
    refused: () => undefined,
  };
}
