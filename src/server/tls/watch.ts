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

/** Enough time to renew it on a working day, and for a few reminders. */
const EXPIRES_SOON = 30 * DAY;

export interface KeyPairSettings {
  readonly pair: Pair;
  /** The files of the pair. Undefined for a pair that was made in memory: it is not watched. */
  readonly files: CertificateFiles | undefined;
  /** Whether a caller has accepted the certificate. Before that, the current certificate may be the wrong one. */
  readonly accepted: () => boolean;
  readonly logger: Logger;
  readonly pollMilliseconds?: number;
}

/** The server that presents certificates to callers. */
export interface Presenter {
  /** Why the server is not ready, as a sentence; undefined if it is. */
  notReady(): string | undefined;
  /** Why a caller does not trust the certificate, in one or two sentences, as far as that is known here. */
  distrusted(): string | undefined;
  stop(): void;
}

/** Uses this pair for new connections. */
export function present(change: ChangeSecure, pair: Pair, logger: Logger, metrics: Metrics): void {
  change({ pair });
  metrics.certificate(pair.notAfter);
  logger.info({ event: "certificate-changed", names: pair.names, notAfter: pair.notAfter });
}

/** Serves each valid pair in the files. If the files have an error, the current pair stays in use. */
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
      // A read fails if the key does not belong to the certificate.
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

/** What happens until the files are valid. */
function meanwhile(current: Pair): string {
  return datesError(current, new Date()) === undefined
    ? "The last good pair stays in use."
    : "Until then API servers cannot call this webhook.";
}

/** Logs once a day that the pair expires within 30 days. */
function createReminder(logger: Logger): (pair: Pair) => void {
  let remindedAt = Number.NEGATIVE_INFINITY;
  return ({ notAfter }) => {
    const now = Date.now();
    if (notAfter.getTime() - now > EXPIRES_SOON || now - remindedAt < DAY) return;
    remindedAt = now;
    logger.warn({ event: "certificate-expires-soon", notAfter });
  };
}
