import type { ChangeSecure } from "../http/https-server.ts";
import { FileError, pollFile } from "../poll-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import {
  CertificateError,
  type CertificateFiles,
  datesError,
  namesError,
  type Pair,
  readPair,
} from "./key-pair.ts";

const DAY = 24 * 60 * 60 * 1000;

/** The reminders begin early enough to renew the certificate on a working day. */
const EXPIRES_SOON = 30 * DAY;

export interface KeyPairSettings {
  readonly pair: Pair;
  /**
   * The files of the certificate and its key; undefined for a certificate that was made in memory, which is not
   * watched.
   */
  readonly files: CertificateFiles | undefined;
  /**
   * Whether a caller has accepted the current certificate. A certificate that no caller has accepted may be the wrong
   * one, so a pair with other names may replace it.
   */
  readonly accepted: () => boolean;
  readonly logger: Logger;
  readonly pollMilliseconds?: number;
}

/** The server that presents certificates to callers. */
export interface Presenter {
  /** The reason why the server is not ready, as a sentence; undefined if it is ready. */
  notReady(): string | undefined;
  /**
   * The known reason why a caller does not trust the certificate, in one or two sentences; undefined if it is unknown.
   */
  distrusted(): string | undefined;
  stop(): void;
}

/** Serves new connections with this certificate. */
export function present(change: ChangeSecure, pair: Pair, logger: Logger, metrics: Metrics): void {
  change({ pair });
  metrics.certificate(pair.notAfter);
  logger.info({ event: "certificate-changed", names: pair.names, notAfter: pair.notAfter });
}

/** Serves each new valid certificate in the files. The current certificate stays in use if the files have an error. */
export function watchKeyPair(change: ChangeSecure, settings: KeyPairSettings, metrics: Metrics): Presenter {
  const { files, accepted, logger, pollMilliseconds } = settings;
  let current = settings.pair;
  metrics.certificate(current.notAfter);
  const wrongDatesNow = () => datesError(current, new Date());
  const wrongDates = wrongDatesNow();
  if (wrongDates !== undefined)
    logger.error({ event: "certificate-error", reason: `${wrongDates} ${meanwhile(current)}` });
  const remind = createReminder(logger);
  const poll =
    files &&
    pollFile({
      name: "certificate",
      first: current,
      // Partly written files are never valid, because the key must belong to the certificate.
      checksItself: true,
      look() {
        remind(current);
        return readValidPair(files, current, accepted());
      },
      changed(pair) {
        current = pair;
        present(change, pair, logger, metrics);
      },
      failed: metrics.certificateFailed,
      logger,
      pollMilliseconds,
    });
  return {
    notReady: wrongDatesNow,
    distrusted: wrongDatesNow,
    stop: () => poll?.stop(),
  };
}

async function readValidPair(files: CertificateFiles, current: Pair, accepted: boolean): Promise<Pair> {
  try {
    const pair = await readPair(files);
    const wrong = datesError(pair, new Date()) ?? (accepted ? namesError(pair, current) : undefined);
    if (wrong !== undefined) throw new CertificateError(wrong);
    return pair;
  } catch (error) {
    throw error instanceof CertificateError ? new FileError(`${error.message} ${meanwhile(current)}`) : error;
  }
}

/** A sentence about the effect on callers until the certificate files are valid. */
function meanwhile(current: Pair): string {
  return datesError(current, new Date()) === undefined
    ? "The last valid certificate and key stay in use."
    : "Without a valid certificate, API servers cannot call this webhook.";
}

/** Logs once a day that the certificate expires within 30 days. */
function createReminder(logger: Logger): (pair: Pair) => void {
  let remindedAt = Number.NEGATIVE_INFINITY;
  return ({ notAfter }) => {
    const now = Date.now();
    if (notAfter.getTime() - now > EXPIRES_SOON || now - remindedAt < DAY) return;
    remindedAt = now;
    logger.warn({ event: "certificate-expires-soon", notAfter });
  };
}
