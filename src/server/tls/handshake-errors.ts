import type { Logger } from "../telemetry/log.ts";

/** Often enough to be seen, and rare enough not to fill a disk: the API server tries again with every pod. */
const ONCE_IN_MILLISECONDS = 60_000;

/** The alerts of clients that do not trust the certificate. Go always sends "bad certificate". */
const DISTRUST = /ALERT_(BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED)/;

const NOT_TRUSTED =
  "a caller does not trust the certificate. If it is the API server, set caBundle in the webhook configurations to the CA that signed the certificate.";

/**
 * Logs that callers refuse our certificate. Otherwise nothing here would show that every call of the API server fails.
 * Only the callers know why, because Go sends the same alert for every reason; but wrong dates can be found here. Other
 * failed handshakes are port scans and probes, and are not logged.
 *
 * @param datesError The error in the dates of the current certificate; undefined if there is none.
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
