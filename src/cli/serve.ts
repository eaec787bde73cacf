import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { AccessError, findAccess } from "../kube/access.ts";
import { type Cluster, connect } from "../kube/cluster.ts";
import { ConfigurationError, DEFAULT_CONFIGURATION } from "../policy/configuration/parse.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import { type CurrentConfig, currentConfig } from "../server/config/current.ts";
import { loadConfiguration } from "../server/config/file.ts";
import { isHeldByMount } from "../server/config/subpath-mount.ts";
import { type RunningServer, startServer } from "../server/start.ts";
import { StartError } from "../server/start-error.ts";
import { clusterEvents, logEffectiveSettings } from "../server/telemetry/cluster-events.ts";
import { createLogger, type Logger } from "../server/telemetry/log.ts";
import { createDestination } from "../server/telemetry/log-destination.ts";
import { CertificateError, type Pair, readPair } from "../server/tls/key-pair.ts";
import { DEV_CONFIGURATION, devHelp, devPair } from "./dev-defaults.ts";
import type { ServeOptions } from "./options.ts";

const STANDARD_OUTPUT = 1;

const SECOND = 1000;

/** A reader of the log that takes nothing for this long never will. */
const LOG_FLUSH = SECOND / 2;

/** The last requests get this long after the delay, then their connections are cut: the API server waits 2 s at most. */
const LAST_REQUESTS = 3 * SECOND;

/** Serves until a signal says to stop. Returns the exit code. */
export async function serve(options: ServeOptions): Promise<number> {
  // Asked for first: a container's first process that does not listen is not stopped by a signal at all.
  const stop = nextSignal();
  const destination = createDestination(STANDARD_OUTPUT);
  const logger = createLogger(options.logLevel, destination);
  const configuration = await configurationOf(options);
  const pair = await pairOf(options.certificate);
  const { decided, cluster } = await decidedBy(configuration, options, logger);
  const onEffectiveChange = () => logEffectiveSettings(decided, logger);
  const server = await startServer({
    host: options.host,
    port: options.port,
    healthPort: options.healthPort,
    currentConfig: decided,
    configurationFile: options.config,
    cluster,
    onEffectiveChange,
    pair,
    files: options.certificate,
    explain: options.explain,
    logger,
  });
  logger.info({
    event: "started",
    port: server.port,
    healthPort: server.healthPort,
    explain: options.explain,
    certificate: options.certificate?.cert ?? "made for this run",
    names: pair.names,
    notAfter: pair.notAfter,
    configuration: options.config ?? "default",
    kubernetesMinor: decided.configuration.kubernetesMinor,
  });
  if (cluster === undefined) onEffectiveChange();
  if (cluster === undefined && options.certificate !== undefined)
    logger.info({ event: "no-cluster-access", reason: NO_ACCESS });
  if (options.config !== undefined && (await isHeldByMount(options.config)))
    logger.warn({ event: "configuration-never-changes", reason: HELD });
  if (options.certificate === undefined) process.stderr.write(devHelp(server.port));
  survive(logger);
  await drain(server, logger, await stop, options.shutdownDelaySeconds * SECOND);
  await Promise.race([destination.flush(), sleep(LOG_FLUSH)]);
  return 0;
}

const NO_ACCESS =
  "There is no kubeconfig and no token of a service account: values of namespaces are not read, and the version of Kubernetes is the configuration's.";

const HELD =
  "The configuration file is mounted by itself (subPath), so a change of its ConfigMap never comes here. Mount the whole folder instead.";

/** What decisions are made by: the configuration, and the cluster where there is access. */
async function decidedBy(
  configuration: Configuration,
  options: ServeOptions,
  logger: Logger,
): Promise<{ readonly decided: CurrentConfig; readonly cluster: Cluster | undefined }> {
  const access = await accessFor(options);
  if (access === undefined) return { decided: currentConfig(configuration), cluster: undefined };
  const cluster = connect(
    access,
    clusterEvents(logger, () => logEffectiveSettings(decided, logger)),
  );
  const decided = currentConfig(configuration, cluster);
  return { decided, cluster };
}

/** Who tries it out gets only the cluster that was asked for, also in a pod. */
async function accessFor({ kubeconfig, certificate }: ServeOptions): ReturnType<typeof findAccess> {
  if (kubeconfig === undefined && certificate === undefined) return undefined;
  return orCannotStart(AccessError, () => findAccess(kubeconfig));
}

/** Only who tries it out is taken to mean the newest Kubernetes: in a cluster a guess could make pods invalid. */
async function configurationOf({ config, certificate, kubeconfig }: ServeOptions): Promise<Configuration> {
  if (config !== undefined) return orCannotStart(ConfigurationError, () => loadConfiguration(config));
  const inNoCluster = certificate === undefined && kubeconfig === undefined;
  return inNoCluster ? DEV_CONFIGURATION : DEFAULT_CONFIGURATION;
}

async function pairOf(files: ServeOptions["certificate"]): Promise<Pair> {
  return files === undefined ? devPair() : orCannotStart(CertificateError, () => readPair(files));
}

/** An error of this kind is the fault of what was asked for, and a reason not to start. */
async function orCannotStart<T>(fault: new (message: string) => Error, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw error instanceof fault ? new StartError(error.message) : error;
  }
}

/**
 * The first signal drains: kubelet sends it while the API server may still choose this replica, so it goes on serving
 * for the delay. Ctrl-C comes from a person, who does not want to wait. A second signal means now.
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
  if (signal !== "SIGINT") await Promise.race([second, sleep(delay)]);
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
 * An error that nobody caught is a fault of ours, and it is logged as one. It does not end the process: no state is
 * kept from one request to the next, and ending would fail the requests of others that are under way.
 */
function survive(logger: Logger): void {
  process.on("uncaughtException", (err) => logger.error({ event: "internal-error", err }));
  process.on("unhandledRejection", (err) => logger.error({ event: "internal-error", err }));
}
