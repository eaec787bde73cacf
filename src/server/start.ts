import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import type { OwnCertificates } from "../certs/own-certificates.ts";
import type { Cluster } from "../kube/cluster.ts";
import { buildApp } from "./app.ts";
import { type CurrentConfig, hashOf } from "./config/current.ts";
import { watchConfig } from "./config/watch.ts";
import { createExplainer } from "./explain/pool.ts";
import { createReceiver } from "./http/body.ts";
import { type ChangeSecure, createHttpsServer, secureChanger, type Timings } from "./http/https-server.ts";
import { StartError } from "./start-error.ts";
import { awaitCluster } from "./telemetry/cluster-events.ts";
import { createHealthServer } from "./telemetry/health.ts";
import type { Logger } from "./telemetry/log.ts";
import { createMetrics, type Metrics } from "./telemetry/metrics.ts";
import { probeEvents } from "./telemetry/probe-events.ts";
import { type Callers, checkCallers } from "./tls/callers.ts";
import { logDistrust } from "./tls/handshake-errors.ts";
import type { CertificateFiles, Pair } from "./tls/key-pair.ts";
import { presentOwn } from "./tls/own.ts";
import { type Presenter, watchKeyPair } from "./tls/watch.ts";
import { warmUp } from "./warm-up.ts";

export interface ServerSettings {
  /** The address to listen on; undefined for all addresses. */
  readonly host: string | undefined;
  /** 0 takes any free port. */
  readonly port: number;
  readonly healthPort: number;
  readonly currentConfig: CurrentConfig;
  /** The path of the configuration file. It is watched. Undefined without a file. */
  readonly configurationFile?: string | undefined;
  /** The cluster; absent without access to the API server. Stopped with the server. */
  readonly cluster?: Cluster | undefined;
  /** Called after a changed configuration has taken effect, and if the cluster does not answer in time. */
  readonly onEffectiveChange?: () => void;
  /** The namespace of the probe; undefined without a probe. */
  readonly probeNamespace?: string | undefined;
  readonly pair: Pair;
  /**
   * The files of the certificate and its key, which are watched; undefined for a certificate that was made in memory.
   */
  readonly files: CertificateFiles | undefined;
  /** Makes the next pairs. Stopped with the server. */
  readonly ownCertificates?: OwnCertificates | undefined;
  /** The callers to accept; undefined to accept all. */
  readonly callers?: Callers | undefined;
  /** Whether the server has the route POST /explain. */
  readonly explain: boolean;
  readonly logger: Logger;
  /** Only tests set these. */
  readonly timings?: Timings;
  readonly pollMilliseconds?: number;
}

export interface RunningServer {
  readonly port: number;
  readonly healthPort: number;
  /** Makes the server not ready, and makes every response close its connection. It keeps serving. */
  drain(): void;
  /**
   * Resolves right after the next readiness probe, which is the best moment for the process to exit. The kubelet still
   * probes a terminating container, and a refused connection would make a Warning event.
   */
  nextProbe(): Promise<void>;
  /** Accepts no new connections. Resolves after the last response, or after `limit` milliseconds. */
  close(limit: number): Promise<void>;
}

/** The period of the readiness probe in the manifests, in milliseconds. */
const PROBE_PERIOD = 5000;

/**
 * Starts the HTTPS server, and the HTTP server for health and metrics.
 *
 * @throws StartError when a port cannot be used.
 */
export async function startServer(settings: ServerSettings): Promise<RunningServer> {
  const { logger, currentConfig, pair, cluster, callers } = settings;
  const receiver = createReceiver();
  const explainer = settings.explain ? createExplainer() : undefined;
  const metrics = createMetrics(() => receiver.receiving + (explainer?.pending ?? 0));
  let draining = false;
  const listPods = cluster?.listPods;
  const deps = { currentConfig, listPods, logger, metrics, receiver, explainer, draining: () => draining };
  const secure = { pair, clientCa: callers?.ca };
  const app = buildApp(deps, (listener) => createHttpsServer(secure, listener, settings.timings));
  await app.ready();
  metrics.configurationInEffect(hashOf(currentConfig.written));
  const server = app.server as HttpsServer;
  const change = secureChanger(server, secure);
  const certificate = presenter(server, change, settings, metrics);
  const clientCa = callers && checkCallers(server, { ...settings, callers }, change, metrics);
  const configuration = watchConfig(settings, metrics);
  const notInSync = awaitCluster(settings);
  if (cluster !== undefined) metrics.cluster(cluster);
  if (settings.probeNamespace !== undefined) cluster?.probe(settings.probeNamespace, probeEvents(deps));
  server.on("tlsClientError", logDistrust(logger, certificate.distrusted));
  const notReady = (): string | undefined => certificate.notReady() ?? notInSync();
  await warmUp(deps);
  const health = createHealthServer({ registry: metrics.registry, notReady, draining: deps.draining });
  return {
    port: await listen(server, settings.port, settings.host, "--port"),
    healthPort: await listen(health.server, settings.healthPort, settings.host, "--health-port"),
    drain() {
      draining = true;
    },
    nextProbe: () => health.nextProbe(PROBE_PERIOD),
    async close(limit) {
      certificate.stop();
      clientCa?.stop();
      configuration?.stop();
      cluster?.stop();
      await closeServer(server, limit);
      await closeServer(health.server, 0);
      await explainer?.close();
    },
  };
}

function presenter(
  server: HttpsServer,
  change: ChangeSecure,
  settings: ServerSettings,
  metrics: Metrics,
): Presenter {
  const { ownCertificates, logger } = settings;
  if (ownCertificates !== undefined) return presentOwn(change, ownCertificates, logger, metrics);
  let accepted = false;
  server.once("secureConnection", () => {
    accepted = true;
  });
  return watchKeyPair(change, { ...settings, accepted: () => accepted }, metrics);
}

const LISTEN_ERRORS: Readonly<Record<string, (option: string) => string>> = {
  EADDRINUSE: (option) =>
    `is in use. Stop the program that listens there, or choose another port with ${option}.`,
  EACCES: (option) => `cannot be used: permission denied. Choose a port above 1023 with ${option}.`,
};

async function listen(
  server: Server,
  port: number,
  host: string | undefined,
  option: string,
): Promise<number> {
  server.listen({ port, ...(host !== undefined && { host }) });
  try {
    await once(server, "listening");
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const explained = LISTEN_ERRORS[code]?.(option);
    throw new StartError(
      explained === undefined
        ? `cannot listen on ${host ?? "any address"}, port ${port} (${code}). Choose another address with --host.`
        : `port ${port} ${explained}`,
    );
  }
  return (server.address() as AddressInfo).port;
}

/** Node closes idle connections itself. Connections with a request in flight stay open until the limit. */
async function closeServer(server: HttpServer, limit: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), limit);
  server.close();
  await once(server, "close");
  clearTimeout(timer);
}
