import { StartError } from "../../server/start-error.ts";
import { LOG_LEVELS, type LogLevel } from "../../server/telemetry/log-levels.ts";
import { HIGHEST_PORT, namespaceName, oneOf, wholeNumber } from "../values.ts";

export interface ServeOptions {
  readonly host: string | undefined;
  readonly port: number;
  readonly healthPort: number;
  readonly config: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  /**
   * The names of the objects for certificates that gracekeeper makes itself; undefined with certificate files or in a
   * trial run.
   */
  readonly own: OwnNames | undefined;
  /** The client CA, and the common name that a client certificate must have; undefined if every client is accepted. */
  readonly callers: { readonly file: string; readonly name: string | undefined } | undefined;
  readonly explain: boolean;
  readonly shutdownDelaySeconds: number;
  readonly probeNamespace: string | undefined;
  readonly logLevel: LogLevel;
}

export interface OwnNames {
  readonly secret: string;
  readonly service: string;
  /** The name of both webhook configurations. */
  readonly configuration: string;
}

/** The longest delay: an hour. A longer delay is probably a typing error. */
const LONGEST_DELAY_SECONDS = 3600;

/**
 * The options of `serve`, as the library commander parses them; numbers are still strings. Options without a value or a
 * default are absent.
 */
export interface ServeTexts {
  readonly host?: string;
  readonly port: string;
  readonly healthPort: string;
  readonly config?: string;
  readonly kubeconfig?: string;
  readonly certsDir?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly caSecret?: string;
  readonly service?: string;
  readonly webhookConfiguration?: string;
  readonly clientCa?: string;
  readonly clientName?: string;
  readonly explain?: boolean;
  readonly shutdownDelay: string;
  readonly probeNamespace?: string;
  readonly logLevel: string;
}

/** @throws StartError for an invalid option. */
export function serveOptions(texts: ServeTexts): ServeOptions {
  const certificate = certificateFiles(texts);
  const own = ownNames(texts, certificate !== undefined);
  const isTrial = certificate === undefined && own === undefined;
  const port = wholeNumber("--port", texts.port, HIGHEST_PORT);
  const healthPort = wholeNumber("--health-port", texts.healthPort, HIGHEST_PORT);
  if (port === healthPort && port !== 0) {
    throw new StartError(`--port and --health-port are both ${port}. Set two different ports.`);
  }
  return {
    host: texts.host ?? (isTrial ? "localhost" : undefined),
    port,
    healthPort,
    config: texts.config,
    kubeconfig: texts.kubeconfig,
    certificate,
    own,
    callers: callersOf(texts, isTrial),
    explain: texts.explain ?? isTrial,
    shutdownDelaySeconds: wholeNumber("--shutdown-delay", texts.shutdownDelay, LONGEST_DELAY_SECONDS),
    probeNamespace: namespaceName("--probe-namespace", texts.probeNamespace),
    logLevel: oneOf("--log-level", texts.logLevel, LOG_LEVELS),
  };
}

/** A name that Kubernetes allows. Other names are refused, because the name becomes a part of a URL path. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The name of the Service and the webhook configurations in the manifests. */
export const USUAL_NAME = "gracekeeper";

function ownNames(texts: ServeTexts, hasFiles: boolean): OwnNames | undefined {
  const { caSecret: secret } = texts;
  if (secret === undefined) {
    if (texts.service === undefined && texts.webhookConfiguration === undefined) return undefined;
    throw new StartError(
      "--service and --webhook-configuration need --ca-secret. Add --ca-secret, or remove both options.",
    );
  }
  if (hasFiles) {
    throw new StartError(
      "--ca-secret cannot be combined with --certs-dir, --tls-cert or --tls-key. Remove --ca-secret, or remove the other options.",
    );
  }
  const { service = USUAL_NAME, webhookConfiguration: configuration = USUAL_NAME } = texts;
  const names = { "--ca-secret": secret, "--service": service, "--webhook-configuration": configuration };
  for (const [option, name] of Object.entries(names)) {
    if (!NAME.test(name))
      throw new StartError(`${option} must be the name of a Kubernetes object, not ${JSON.stringify(name)}.`);
  }
  return { secret, service, configuration };
}

function callersOf(
  { clientCa: file, clientName: name }: ServeTexts,
  isTrial: boolean,
): ServeOptions["callers"] {
  if (file === undefined) {
    if (name === undefined) return undefined;
    throw new StartError("--client-name needs --client-ca. Add --client-ca, or remove --client-name.");
  }
  if (isTrial)
    throw new StartError(
      "--client-ca needs a serving certificate that callers trust. Add --certs-dir or --ca-secret.",
    );
  if (name === "") throw new StartError('--client-name must be the common name of a certificate, not "".');
  return { file, name };
}

function certificateFiles({ certsDir, tlsCert, tlsKey }: ServeTexts): ServeOptions["certificate"] {
  if (certsDir !== undefined && (tlsCert !== undefined || tlsKey !== undefined)) {
    throw new StartError(
      "--certs-dir cannot be combined with --tls-cert or --tls-key. Remove --certs-dir, or remove the other options.",
    );
  }
  if (certsDir !== undefined) return { cert: `${certsDir}/tls.crt`, key: `${certsDir}/tls.key` };
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new StartError("--tls-cert and --tls-key must be used together. Set both options, or remove both.");
  }
  return { cert: tlsCert, key: tlsKey };
}
