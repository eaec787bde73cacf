import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Registry } from "@prometheus-io/client";

export interface Health {
  readonly registry: Registry;
  /** The reason why the server is not ready, as a sentence; undefined if it is ready. */
  readonly notReady: () => string | undefined;
  /** True after the stop signal. */
  readonly draining: () => boolean;
}

export interface HealthServer {
  readonly server: Server;
  /**
   * Resolves after the next probe of the kubelet, or after `limit` milliseconds. If the kubelet has never probed, the
   * promise resolves at once.
   */
  nextProbe(limit: number): Promise<void>;
}

/**
 * Serves liveness, readiness and metrics over plain HTTP on a separate port. So the kubelet and Prometheus need no
 * certificate, and an error of the HTTPS port does not cause a restart.
 *
 * `/readyz` fails at once after the stop signal. `/readyz?exclude=shutdown` still succeeds after the stop signal;
 * kube-apiserver has the same query. The kubelet still probes a terminating pod, and makes a Warning event if the
 * status is not 200.
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

/** The path and query of the readiness probe in the manifests and in the chart. */
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
