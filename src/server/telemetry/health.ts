import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Registry } from "@prometheus-io/client";

export interface Health {
  readonly registry: Registry;
  /** Why the server is not ready, as a sentence; undefined if it is. */
  readonly notReady: () => string | undefined;
  /** True after the stop signal. */
  readonly draining: () => boolean;
}

export interface HealthServer {
  readonly server: Server;
  /** Resolves when the kubelet has asked once more, or after so many milliseconds; at once where it has never asked. */
  nextProbe(limit: number): Promise<void>;
}

/**
 * Liveness, readiness and metrics, over plain HTTP on a port of their own: kubelet and Prometheus need no certificate, and
 * a fault of the other port does not lead to a restart.
 *
 * `/readyz` fails at once after the stop signal. `/readyz?exclude=shutdown`, a query that kube-apiserver also has, does
 * not: the kubelet still probes a pod that stops, and makes a Warning event of each answer that is not 200.
 */
export function createHealthServer(health: Health): HealthServer {
  let probed = false;
  const server = createServer(async (request, response) => {
    const { url = "" } = request;
    const answer = await respond(url, health);
    response.writeHead(answer.status, { "content-type": answer.type ?? "text/plain; charset=utf-8" });
    response.end(request.method === "HEAD" ? undefined : answer.body);
    if (url !== KUBELET_PROBE) return;
    probed = true;
    response.once("close", () => server.emit("probed"));
  });
  return {
    server,
    async nextProbe(limit) {
      if (probed) await Promise.race([once(server, "probed"), sleep(limit)]);
    },
  };
}

/** What the readiness probe of the manifests and of the chart asks for. */
const KUBELET_PROBE = "/readyz?exclude=shutdown";

interface HealthAnswer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
}

async function respond(target: string, health: Health): Promise<HealthAnswer> {
  const [path, query] = target.split("?", 2);
  switch (path) {
    case "/livez":
      return { status: 200, body: "ok\n" };
    case "/readyz": {
      const excluded = new URLSearchParams(query).getAll("exclude").includes("shutdown");
      const reason = health.draining() && !excluded ? "shutting down." : health.notReady();
      return reason === undefined ? { status: 200, body: "ok\n" } : { status: 503, body: `${reason}\n` };
    }
    case "/metrics":
      return { status: 200, type: health.registry.contentType, body: await health.registry.metrics() };
    default:
      return { status: 404, body: "there is nothing here. GET /livez, /readyz or /metrics.\n" };
  }
}
