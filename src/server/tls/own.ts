import type { OwnCertificates } from "../../certs/own-certificates.ts";
import type { ChangeSecure } from "../http/https-server.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { checkPair, datesError, type Pair } from "./key-pair.ts";
import { type Presenter, present } from "./watch.ts";

const MADE = { cert: "the generated certificate", key: "the generated key" };

const RENEWAL =
  "gracekeeper makes a new certificate as soon as it has a valid CA: look for ca-error in the log.";

const NOT_TRUSTED =
  "a caller does not trust the certificate. If the caller is the API server, caBundle of the webhook configurations lacks the CA: look for ca-error in the log.";

/** Serves each certificate that gracekeeper makes itself. */
export function presentOwn(
  change: ChangeSecure,
  own: OwnCertificates,
  logger: Logger,
  metrics: Metrics,
): Presenter {
  let current: Pair | undefined;
  metrics.ownCertificates(own);
  own.present(({ cert, key }) => {
    current = checkPair(cert, key, MADE);
    present(change, current, logger, metrics);
  });
  const wrongDates = () => current && datesError(current, new Date(), RENEWAL);
  return {
    notReady: () => own.notReady() ?? wrongDates(),
    distrusted: () => wrongDates() ?? NOT_TRUSTED,
    stop: own.stop,
  };
}
