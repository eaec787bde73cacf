import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnCertificates } from "../../certs/own-certificates.ts";
import { type Access, AccessError, findAccess } from "../../kube/access.ts";
import { type Cluster, connect } from "../../kube/cluster.ts";
import { DEFAULT_CONFIGURATION, DEV_CONFIGURATION } from "../../policy/configuration/defaults.ts";
import { ConfigurationError } from "../../policy/configuration/errors.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import { type CurrentConfig, currentConfig, hashOf } from "../../server/config/current.ts";
import { loadConfiguration } from "../../server/config/file.ts";
import { isHeldByMount } from "../../server/config/subpath-mount.ts";
import { type RunningServer, startServer } from "../../server/start.ts";
import { StartError } from "../../server/start-error.ts";
import { caEvents } from "../../server/telemetry/ca-events.ts";
import { clusterEvents, logEffectiveSettings } from "../../server/telemetry/cluster-events.ts";
import { createLogger, type Logger } from "../../server/telemetry/log.ts";
import { createDestination } from "../../server/telemetry/log-destination.ts";
import type { Callers } from "../../server/tls/callers.ts";
import { readClientCa } from "../../server/tls/client-ca.ts";
import { CertificateError, type Pair, readPair } from "../../server/tls/key-pair.ts";
import { VERSION } from "../../version.ts";
import { devHelp, devPair } from "./dev-defaults.ts";
import type { OwnNames, ServeOptions } from "./options.ts";

const STANDARD_OUTPUT = 1;

const SECOND = 1000;

/** In milliseconds. If the reader of the log reads nothing for this long, waiting longer is useless. */
const LOG_FLUSH = SECOND / 2;

/**
 * How long the last requests may take after the delay, before their connections are closed. The API server waits at
 * most 2 s for an answer.
 */
const LAST_REQUESTS = 3 * SECOND;

/** Serves until SIGTERM or SIGINT. Returns the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  // The signal listeners come first, because PID 1 of a container ignores signals that it does not handle.
  const stop = nextSignal();
  const destination = createDestination(STANDARD_OUTPUT);
  const logger = createLogger(options.logLevel, destination);
  const configuration = await configurationOf(options);
  const pair = await pairOf(options.certificate);
  const callers = await callersOf(options.callers);
  const access = await accessFor(options);
  const own = options.own && (await ownCertificatesOf(options.own, access, logger));
  const { decided, cluster } = decidedBy(configuration, access, logger);
  const onEffectiveChange = () => logEffectiveSettings(decided, logger);
  const server = await startServer({
    host: options.host,
    port: options.port,
    healthPort: options.healthPort,
    currentConfig: decided,
    configurationFile: options.config,
    cluster,
    onEffectiveChange,
    probeNamespace: options.probeNamespace,
    pair,
    files: options.certificate,
    ownCertificates: own?.certificates,
    callers,
    explain: options.explain,
    logger,
  });
  logger.info({
    event: "started",
    version: VERSION,
    port: server.port,
    healthPort: server.healthPort,
    explain: options.explain,
    ...certificates(options, pair, own?.title),
    configuration: options.config ?? "default",
    configurationHash: hashOf(configuration),
    kubernetesMinor: decided.configuration.kubernetesMinor,
  });
  if (cluster === undefined) {
    onEffectiveChange();
    logNoAccess(options, logger);
  }
  if (options.config !== undefined && (await isHeldByMount(options.config)))
    logger.warn({ event: "configuration-not-reloadable", reason: HELD });
  if (options.certificate === undefined && own === undefined) process.stderr.write(devHelp(server.port));
  survive(logger);
  await drain(server, logger, await stop, options.shutdownDelaySeconds * SECOND);
  await Promise.race([destination.flush(), sleep(LOG_FLUSH)]);
  return 0;
}

/**
 * The fields about certificates in the first line of the log. `own` is the namespace and name of the Secret with the
 * CA.
 */
function certificates({ certificate, callers }: ServeOptions, pair: Pair, own: string | undefined): object {
  const { names, notAfter } = pair;
  return {
    ...(own === undefined
      ? { certificate: certificate?.cert ?? "made for this run", names, notAfter }
      : { certificate: `own, CA in Secret ${own}` }),
    ...(callers && { clientCa: callers.file, clientName: callers.name }),
  };
}

/** Logs which functions are off, because they need access to the API server. */
function logNoAccess({ certificate, probeNamespace }: ServeOptions, logger: Logger): void {
  if (certificate !== undefined) logger.info({ event: "no-cluster-access", reason: NO_ACCESS });
  if (probeNamespace !== undefined) logger.warn({ event: "not-probed", reason: NOT_PROBED });
}

const NO_ACCESS =
  "There is no kubeconfig and no service account token. Annotations of namespaces are not read, and the version of Kubernetes is taken from the configuration file.";

const NOT_PROBED =
  "--probe-namespace needs a kubeconfig or a service account token, and gracekeeper has neither of them. Provide access to the API server, or remove --probe-namespace.";

const HELD =
  "The configuration file is mounted by subPath, and Kubernetes does not update subPath mounts. To reload changes, mount the whole directory.";

/** The current configuration, and the cluster if there is access to one. */
function decidedBy(
  configuration: Configuration,
  access: Access | undefined,
  logger: Logger,
): { readonly decided: CurrentConfig; readonly cluster: Cluster | undefined } {
  if (access === undefined) return { decided: currentConfig(configuration), cluster: undefined };
  const cluster = connect(
    access,
    clusterEvents(logger, () => logEffectiveSettings(decided, logger)),
  );
  const decided = currentConfig(configuration, cluster);
  return { decided, cluster };
}

/** A run without a certificate is a trial run. A trial run uses a cluster only with --kubeconfig, even inside a pod. */
async function accessFor({ kubeconfig, certificate, own }: ServeOptions): ReturnType<typeof findAccess> {
  if (kubeconfig === undefined && certificate === undefined && own === undefined) return undefined;
  return orCannotStart(AccessError, () => findAccess(kubeconfig));
}

/** The module is imported only here, because its library is slow to load. */
async function ownCertificatesOf(
  names: OwnNames,
  access: Access | undefined,
  logger: Logger,
): Promise<{ readonly certificates: OwnCertificates; readonly title: string }> {
  if (access === undefined) {
    throw new StartError(
      "--ca-secret needs a kubeconfig or a service account token, and gracekeeper has neither of them. Mount the service account token, or give certificate files with --certs-dir.",
    );
  }
  const { namespace } = access;
  if (namespace === undefined) {
    throw new StartError(
      "--ca-secret needs a namespace, and the kubeconfig has none. Set the namespace with: kubectl config set-context --current --namespace NAME.",
    );
  }
  const { ownCertificates } = await import("../../certs/own-certificates.ts");
  const certificates = ownCertificates({ ...names, access, namespace, events: caEvents(logger) });
  return { certificates, title: `${namespace}/${names.secret}` };
}

/** Only a trial run assumes the newest Kubernetes, because in a cluster a wrong version could make pods invalid. */
async function configurationOf(options: ServeOptions): Promise<Configuration> {
  const { config, certificate, own, kubeconfig } = options;
  if (config !== undefined) return orCannotStart(ConfigurationError, () => loadConfiguration(config));
  const inNoCluster = certificate === undefined && own === undefined && kubeconfig === undefined;
  return inNoCluster ? DEV_CONFIGURATION : DEFAULT_CONFIGURATION;
}

async function pairOf(files: ServeOptions["certificate"]): Promise<Pair> {
  return files === undefined ? devPair() : orCannotStart(CertificateError, () => readPair(files));
}

async function callersOf(options: ServeOptions["callers"]): Promise<Callers | undefined> {
  if (options === undefined) return undefined;
  return { ...options, ca: await orCannotStart(CertificateError, () => readClientCa(options.file)) };
}

/** Turns an error of the class `fault` into a StartError. All other errors are bugs in gracekeeper. */
async function orCannotStart<T>(fault: new (message: string) => Error, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw error instanceof fault ? new StartError(error.message) : error;
  }
}

/**
 * The first signal drains. After SIGTERM from the kubelet, the API server may still call this replica, so the server
 * keeps serving for the delay. Ctrl-C comes from a person, so SIGINT has no delay. A second signal ends the delay.
 */
async function drain(
  server: RunningServer,
  logger: Logger,
  signal: NodeJS.Signals,
  delay: number,
): Promise<void> {
  logger.info({ event: "stopping", signal, delaySeconds: signal === "SIGINT" ? 0 : delay / SECOND });
  server.drain();
  const second = nextSignal();
  if (signal !== "SIGINT") await Promise.race([second, sleep(delay).then(server.nextProbe)]);
  await Promise.race([second, server.close(LAST_REQUESTS)]);
  logger.info({ event: "stopped" });
}

async function nextSignal(): Promise<NodeJS.Signals> {
  const stop = new AbortController();
  const { signal } = stop;
  const names = ["SIGTERM", "SIGINT"] as const;
  const first = await Promise.race(names.map((name) => once(process, name, { signal }).then(() => name)));
  stop.abort();
  return first;
}

/**
 * Logs an uncaught error as a bug, and keeps serving. Requests share no state that the error could damage, and an exit
 * would fail all other requests in flight.
 */
function survive(logger: Logger): void {
  process.on("uncaughtException", (err) => logger.error({ event: "internal-error", err }));
  process.on("unhandledRejection", (err) => logger.error({ event: "internal-error", err }));
}
