import { parseArgs } from "node:util";
import { StartError } from "../server/start-error.ts";
import { LOG_LEVELS, type LogLevel } from "../server/telemetry/log.ts";

export interface ServeOptions {
  readonly host: string | undefined;
  readonly port: number;
  readonly healthPort: number;
  readonly config: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  readonly explain: boolean;
  readonly shutdownDelaySeconds: number;
  readonly logLevel: LogLevel;
}

export const HELP = `gracekeeper: Kubernetes admission webhook that makes pods stop well

  gracekeeper serve [options]   answer admission reviews over HTTPS

Options of serve, with their defaults:
  --host ADDRESS            address to listen on (all addresses; localhost without a certificate)
  --port PORT               HTTPS port for admission (8443)
  --health-port PORT        HTTP port for /livez, /readyz and /metrics (9080)
  --config FILE             GracekeeperConfiguration in YAML (the default of every field; without a certificate and a
                            kubeconfig, for the newest Kubernetes)
  --kubeconfig FILE         cluster to read namespaces and version from (with a certificate: the cluster of the pod's
                            service account, if it has a token; without: no cluster)
  --certs-dir DIR           directory of tls.crt and tls.key, such as a mounted Secret
  --tls-cert FILE           certificate in PEM format, instead of --certs-dir
  --tls-key FILE            key of the certificate in PEM format
  --explain, --no-explain   answer POST /explain or not (yes without a certificate, no with one)
  --shutdown-delay SECONDS  continue to serve for this long after SIGTERM (5)
  --log-level LEVEL         ${LOG_LEVELS.join(", ")} (info)
  --help                    this text

Without a certificate, one is made in memory for this run. The certificate and the configuration are reloaded when their
files change.
Exit codes: 0 stopped by a signal, 2 could not start.
`;

const HIGHEST_PORT = 65_535;

/** This server never needs a delay of more than an hour: a longer one is a typing error. */
const LONGEST_DELAY_SECONDS = 3600;

/** Reads the arguments after `serve`. @throws StartError that names the option. */
export function readServeOptions(args: readonly string[]): ServeOptions | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const certificate = certificateFiles(values);
  const port = wholeNumber("--port", values.port, HIGHEST_PORT);
  const healthPort = wholeNumber("--health-port", values["health-port"], HIGHEST_PORT);
  if (port === healthPort && port !== 0) {
    throw new StartError(`--port and --health-port are both ${port}. Give each its own port.`);
  }
  return {
    host: values.host ?? (certificate === undefined ? "localhost" : undefined),
    port,
    healthPort,
    config: values.config,
    kubeconfig: values.kubeconfig,
    certificate,
    explain: values.explain ?? certificate === undefined,
    shutdownDelaySeconds: wholeNumber("--shutdown-delay", values["shutdown-delay"], LONGEST_DELAY_SECONDS),
    logLevel: logLevel(values["log-level"]),
  };
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        host: { type: "string" },
        port: { type: "string", default: "8443" },
        "health-port": { type: "string", default: "9080" },
        config: { type: "string" },
        kubeconfig: { type: "string" },
        "certs-dir": { type: "string" },
        "tls-cert": { type: "string" },
        "tls-key": { type: "string" },
        explain: { type: "boolean" },
        "shutdown-delay": { type: "string", default: "5" },
        "log-level": { type: "string", default: "info" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\. |\n/, 1);
    throw new StartError(`${sentence.replace(/\.$/, "")}. Run "gracekeeper --help" for the options.`);
  }
}

function certificateFiles(values: Values): ServeOptions["certificate"] {
  const { "certs-dir": directory, "tls-cert": cert, "tls-key": key } = values;
  if (directory !== undefined && (cert !== undefined || key !== undefined)) {
    throw new StartError("--certs-dir and --tls-cert, --tls-key cannot be combined. Give one or the other.");
  }
  if (directory !== undefined) return { cert: `${directory}/tls.crt`, key: `${directory}/tls.key` };
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new StartError("--tls-cert and --tls-key need each other. Give both, or neither.");
  }
  return { cert, key };
}

function wholeNumber(option: string, text: string, highest: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) <= highest) return Number(text);
  throw new StartError(`${option} must be a whole number from 0 to ${highest}, not ${JSON.stringify(text)}.`);
}

function logLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level !== undefined) return level;
  throw new StartError(`--log-level must be one of ${LOG_LEVELS.join(", ")}, not ${JSON.stringify(text)}.`);
}
