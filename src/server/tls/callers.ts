import type { Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { quote } from "../../policy/messages/quote.ts";
import type { ChangeSecure } from "../http/https-server.ts";
import { type FilePoll, pollFile } from "../poll-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics, RefusedCaller } from "../telemetry/metrics.ts";
import { readClientCaAgain } from "./client-ca.ts";

/** Which callers are accepted. */
export interface Callers {
  /** The CAs in PEM form, from `file`, which is watched. */
  readonly ca: string;
  readonly file: string;
  /**
   * The common name that a caller's certificate must have. If undefined, every certificate of these CAs is accepted.
   */
  readonly name: string | undefined;
}

export interface CallerSettings {
  readonly callers: Callers;
  readonly logger: Logger;
  readonly pollMilliseconds?: number;
}

/**
 * Refuses callers without an accepted certificate, and reloads the CAs when their file changes. Node refuses a caller
 * without a certificate during the handshake, and a caller with an untrusted certificate right after it. gracekeeper
 * compares the common name after the handshake, too. The server reads no byte of a request before these checks.
 */
export function checkCallers(
  server: Server,
  { callers, logger, pollMilliseconds }: CallerSettings,
  change: ChangeSecure,
  metrics: Metrics,
): FilePoll {
  const { file, name } = callers;
  const refused = reportRefused(logger, metrics);
  server.on("tlsClientError", ({ code }: NodeJS.ErrnoException, { authorizationError, remoteAddress }) => {
    if (code === NO_CERTIFICATE) refused("none", NONE, remoteAddress);
    else if (authorizationError) refused("untrusted", `${UNTRUSTED} (${authorizationError}).`, remoteAddress);
  });
  // This listener must run before Node's own listener, which reads requests.
  if (name !== undefined)
    server.prependListener("secureConnection", (socket) => {
      const found = commonName(socket);
      const { remoteAddress } = socket;
      if (found === name) return;
      socket.destroy();
      const presented = found === undefined ? "without a common name" : `of ${quote(found)}`;
      refused(
        "name",
        `a caller presented a certificate ${presented}, but --client-name is ${quote(name)}.`,
        remoteAddress,
      );
    });
  return pollFile({
    name: "client-ca",
    first: callers.ca,
    checksItself: false,
    look: () => readClientCaAgain(file),
    changed(clientCa) {
      change({ clientCa });
      logger.info({ event: "client-ca-changed" });
    },
    failed: metrics.certificateFailed,
    logger,
    pollMilliseconds,
  });
}

/** The common name of the caller's certificate; undefined if there is none, or more than one. */
function commonName(socket: TLSSocket): string | undefined {
  // The types do not show that a certificate may have no subject.
  const { subject } = socket.getPeerCertificate() as { readonly subject?: { readonly CN?: unknown } };
  return typeof subject?.CN === "string" ? subject.CN : undefined;
}

/** The error code of OpenSSL if a caller sends no certificate. */
const NO_CERTIFICATE = "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE";

const NONE =
  "a caller presents no client certificate, which --client-ca requires. If the caller is the API server, set a certificate for this Service in its --admission-control-config-file.";

const UNTRUSTED = "a caller presents a certificate that fails the check with the CAs of --client-ca";

/** The minimum time between two log lines of the same kind, so that refused callers cannot fill a disk. */
const ONCE_IN_MILLISECONDS = 60_000;

/** Counts every refused caller. At most one caller is logged for each reason in a minute. */
function reportRefused(logger: Logger, metrics: Metrics) {
  const reported = new Map<RefusedCaller, number>();
  metrics.callersChecked();
  return (why: RefusedCaller, reason: string, from: string | undefined): void => {
    metrics.callerRefused(why);
    const now = performance.now();
    if (now - (reported.get(why) ?? Number.NEGATIVE_INFINITY) < ONCE_IN_MILLISECONDS) return;
    reported.set(why, now);
    logger.warn({ event: "caller-refused", reason, from });
  };
}
