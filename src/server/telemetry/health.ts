import { createServer, type Server } from "node:http";
import type { Registry } from "@prometheus-io/client";

export interface Health {
  readonly registry: Registry;
  /** Why requests should not be sent here now, as a sentence; undefined when they should. */
  readonly notReady: () => string | undefined;
}

/**
 * Liveness, readiness and metrics, over plain HTTP on a port of their own: kubelet and Prometheus need no certificate, and
 * a fault of the other port does not lead to a restart.
 */
export function createHealthServer(health: Health): Server {
  return createServer(async (request, response) => {
    const path = request.url?.split("?", 1)[0];
    const answer = await respond(path, health);
    response.writeHead(answer.status, { "content-type": answer.type ?? "text/plain; charset=utf-8" });
    response.end(request.method === "HEAD" ? undefined : answer.body);
  });
}

interface HealthAnswer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

async function respond(path: string | undefined, health: Health): Promise<HealthAnswer> {
  switch (path) {
    case "/livez":
      return { status: 200, body: "ok\n" };
    case "/readyz": {
      const reason = health.notReady();
      return reason === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${reason}\n` };
    }
    case "/metrics":
      return { status: 200, type: health.registry.contentType, body: await health.registry.metrics() };
    default:
      return { status: 404, body: "there is nothing here. GET /livez, /readyz or /metrics.\n" };
  }
}
