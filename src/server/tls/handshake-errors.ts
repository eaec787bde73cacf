import type { Logger } from "../telemetry/log.ts";

/** The minimum time between two log lines, because the API server fails again with every pod. */
const ONCE_IN_MILLISECONDS = 60_000;

/** TLS alerts of clients that do not trust the certificate. Go always sends "bad certificate". */
const DISTRUST = /ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED)/;

const NOT_TRUSTED =
  "a caller does not trust the certificate. If the caller is the API server, set caBundle in the webhook configurations to the CA that signed the certificate.";

/**
 * Logs that callers refuse our certificate. Without this line, the log would not show that every call of the API server
 * fails. Go sends the same alert for every reason, so the log can name a reason only if the dates of the certificate
 * are wrong. Other failed handshakes are port scans and probes, and are not logged.
 *
 * @param datesError Returns the error in the dates of the current certificate, or undefined.
 */
export function logDistrust(
  logger: Logger,
  datesError: () => string | undefined,
): (error: NodeJS.ErrnoException) => void {
  let last = Number.NEGATIVE_INFINITY;
  return ({ code = "" }) => {
    const now = performance.now();
    if (!DISTRUST.test(code) || now - last < ONCE_IN_MILLISECONDS) return;
    last = now;
    logger.error({ event: "certificate-not-trusted", code, reason: datesError() ?? NOT_TRUSTED });
  };
}
