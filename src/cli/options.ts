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
  gracekeeper demo              show what it does with the files of examples/, and end

Options of serve:
  --host ADDRESS            address to listen on (all; localhost without a certificate)
  --port PORT               HTTPS port for admission (8443)
  --health-port PORT        HTTP port for /livez, /readyz and /metrics (9080)
  --config FILE             GracekeeperConfiguration, YAML (defaults; without certificate and kubeconfig, for the newest
                            Kubernetes)
  --kubeconfig FILE         cluster to read namespaces and version from (with a certificate, that of the pod's service
                            account if it has a token; else none)
  --certs-dir DIR           directory with tls.crt and tls.key, as a mounted Secret has them
  --tls-cert FILE           certificate in PEM form, instead of --certs-dir
  --tls-key FILE            its key
  --explain, --no-explain   answer POST /explain (only without a certificate)
  --shutdown-delay SECONDS  go on serving so long after SIGTERM (5)
  --log-level LEVEL         ${LOG_LEVELS.join(", ")} (info)
  --help                    this text

Without a certificate, one is made in memory for this run. A certificate or configuration that changes is taken up
without a restart.
Exit codes: 0 stopped as asked, 1 demo found a wrong answer, 2 could not start.
`;

const HIGHEST_PORT = 65_535;

/** A grace period above an hour is nothing a server of ours needs; a longer delay is a mistyped one. */
const LONGEST_DELAY_SECONDS = 3600;

/** Reads the arguments after `serve`. @throws StartError that names the option. */
export function readServeOptions(args: readonly string[]): ServeOptions | "help" {
  const values = parse(args);
  if (values.help) return "help";
  const certificate = certificateFiles(values);
  const port = wholeNumber("--port", values.port, HIGHEST_PORT);
  const healthPort = wholeNumber("--health-port", values["health-port"], HIGHEST_PORT);
  if (port === healthPort && port !== 0) {
    throw new StartError(`--port and --health-port are both ${port}. Give each a port of its own.`);
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
    throw new StartError(
      "--certs-dir and --tls-cert, --tls-key name the same thing twice. Give one or the other.",
    );
  }
  if (directory !== undefined) return { cert: `${directory}/tls.crt`, key: `${directory}/tls.key` };
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) {
    throw new StartError("--tls-cert and --tls-key only work together. Give both, or neither.");
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
