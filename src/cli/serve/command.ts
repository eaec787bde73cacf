import { Command } from "commander";
import { LOG_LEVELS } from "../../server/telemetry/log-levels.ts";
import { serveOptions, USUAL_NAME } from "./options.ts";

export function serveCommand(): Command {
  return certificateOptions(new Command("serve"))
    .description("answer admission reviews over HTTPS")
    .option(
      "--host <address>",
      "address to listen on (default: all addresses, or localhost if no certificate option is set)",
    )
    .option("--port <port>", "HTTPS port for admission", "8443")
    .option("--health-port <port>", "HTTP port for /livez, /readyz and /metrics", "9080")
    .option(
      "--config <file>",
      "GracekeeperConfiguration in YAML (without it, every field has its default, and a server with neither a certificate option nor --kubeconfig assumes the newest Kubernetes)",
    )
    .option(
      "--kubeconfig <file>",
      "kubeconfig for reading the namespaces and the version of a cluster (default: the token of the pod's service account if a certificate option is set, else no cluster)",
    )
    .option("--explain", "answer POST /explain (default: only if no certificate option is set)")
    .option("--no-explain", "do not answer POST /explain")
    .option(
      "--shutdown-delay <seconds>",
      "after SIGTERM, continue to serve for this time and until the next readiness probe",
      "5",
    )
    .option(
      "--probe-namespace <namespace>",
      "create a Lease in this namespace by a dry run every 30 seconds, to test whether the API server reaches gracekeeper (default: no test)",
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
    .option("--certs-dir <directory>", "directory with tls.crt and tls.key, such as a mounted Secret")
    .option("--tls-cert <file>", "certificate in PEM format, instead of --certs-dir")
    .option("--tls-key <file>", "key of the certificate in PEM format")
    .option(
      "--ca-secret <name>",
      "make the certificates, keep their CA in this Secret, and write the CA into caBundle of the webhook configurations",
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
      "CAs in PEM format: a caller needs a client certificate that one of them signed (default: answer all)",
    )
    .option(
      "--client-name <name>",
      "with --client-ca: the common name that the client certificate must have (default: any)",
    );
}
