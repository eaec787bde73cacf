import type { Server } from "node:https";
import { secureOptions } from "../http/https-server.ts";
import { FileError, type FilePoll, pollFile } from "../poll-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { CertificateError, type CertificateFiles, datesError, type Pair, readPair } from "./key-pair.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Time enough to renew it on a working day, and for a few reminders. */
const EXPIRES_SOON = 30 * DAY;

export interface KeyPairSettings {
  readonly pair: Pair;
  /** The files of the pair. Undefined for a pair that was made in memory: it is not watched. */
  readonly files: CertificateFiles | undefined;
  readonly logger: Logger;
  readonly pollMilliseconds?: number;
}

export interface KeyPairWatch extends FilePoll {
  /** The pair that is served. */
  readonly current: Pair;
}

/** Serves each good pair that the files hold. Whatever is wrong with them, the current pair stays. */
export function watchKeyPair(server: Server, settings: KeyPairSettings, metrics: Metrics): KeyPairWatch {
  const { files, logger, pollMilliseconds } = settings;
  let current = settings.pair;
  metrics.certificate(current.notAfter);
  const wrongDates = datesError(current, new Date());
  if (wrongDates !== undefined)
    logger.error({ event: "certificate-error", reason: `${wrongDates} ${meanwhile(current)}` });
  const remind = createReminder(logger);
  const poll =
    files &&
    pollFile({
      name: "certificate",
      first: current,
      // The key belongs to the certificate, or the look fails.
      checksItself: true,
      look() {
        remind(current);
        return readValidPair(files, current);
      },
      changed(pair) {
        server.setSecureContext(secureOptions(pair));
        current = pair;
        metrics.certificate(pair.notAfter);
        logger.info({ event: "certificate-changed", names: pair.names, notAfter: pair.notAfter });
      },
      failed: metrics.certificateFailed,
      logger,
      pollMilliseconds,
    });
  return {
    get current() {
      return current;
    },
    stop: () => poll?.stop(),
  };
}

async function readValidPair(files: CertificateFiles, current: Pair): Promise<Pair> {
  try {
    const pair = await readPair(files);
    const wrongDates = datesError(pair, new Date());
    if (wrongDates !== undefined) throw new CertificateError(wrongDates);
    return pair;
  } catch (error) {
    throw error instanceof CertificateError ? new FileError(`${error.message} ${meanwhile(current)}`) : error;
  }
}

/** What happens until the files are good. */
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
