import { Command } from "commander";
import { LOG_LEVELS } from "../../server/telemetry/log-levels.ts";
import { serveOptions, USUAL_NAME } from "./options.ts";

export function serveCommand(): Command {
  return certificateOptions(new Command("serve"))
    .description("answer admission reviews over HTTPS")
    .option(
      "--host <address>",
      "address to listen on (default: all addresses; localhost without a certificate)",
    )
    .option("--port <port>", "HTTPS port for admission", "8443")
    .option("--health-port <port>", "HTTP port for /livez, /readyz and /metrics", "9080")
    .option(
      "--config <file>",
      "GracekeeperConfiguration in YAML (default: the default of every field; without a certificate and a kubeconfig, for the newest Kubernetes)",
    )
    .option(
      "--kubeconfig <file>",
      "cluster to read namespaces and version from (default: with a certificate the cluster of the pod's service account, if it has a token; without: no cluster)",
    )
    .option("--explain", "answer POST /explain (default: yes without a certificate, no with one)")
    .option("--no-explain", "do not answer POST /explain")
    .option(
      "--shutdown-delay <seconds>",
      "continue to serve for this long after SIGTERM, and until the next readiness probe",
      "5",
    )
    .option(
      "--probe-namespace <namespace>",
      "ask the API server every 30 seconds, by a dry-run create there, whether it reaches gracekeeper (default: do not ask)",
    )
    .option("--log-level <level>", LOG_LEVELS.join(", "), "info")
    .addHelpText(
      "after",
      `
Without a certificate, one is made in memory for this run. The certificate, the client CA and the configuration are
reloaded when their files change.
Exit codes: 0 stopped by a signal, 2 could not start.`,
    )
    .action(async (texts) => {
      const options = serveOptions(texts);
      const { serve } = await import("./serve.ts");
      process.exitCode = await serve(options);
    });
}

function certificateOptions(command: Command): Command {
  return command
    .option("--certs-dir <directory>", "directory of tls.crt and tls.key, such as a mounted Secret")
    .option("--tls-cert <file>", "certificate in PEM format, instead of --certs-dir")
    .option("--tls-key <file>", "key of the certificate in PEM format")
    .option(
      "--ca-secret <name>",
      "make own certificates, with the CA in this Secret, and keep caBundle of the webhook configurations",
    )
    .option(
      "--service <name>",
      `with --ca-secret: the Service that the API server calls (default: "${USUAL_NAME}")`,
    )
    .option(
      "--webhook-configuration <name>",
      `with --ca-secret: the name of both webhook configurations (default: "${USUAL_NAME}")`,
    )
    .option(
      "--client-ca <file>",
      "answer only callers with a certificate by a CA in this file, in PEM format (default: answer all)",
    )
    .option("--client-name <name>", "with --client-ca: the common name of that certificate (default: any)");
}
