import { CertificateError, type CertificateFiles, datesFault, type Pair, readPair } from "./key-pair.ts";

/**
 * Kubelet writes a mounted Secret by swapping a symlink, which file events miss or report too early; a poll sees it
 * always. Two small files every 5 s cost nothing, and a new pair has minutes before the old one ends.
 */
const POLL = 5000;

const DAY = 24 * 60 * 60 * 1000;

/** Time enough to renew it on a working day, and to be reminded a few times. */
const ENDS_SOON = 30 * DAY;

export interface CertificateWatch {
  /** The pair in force. */
  readonly current: Pair;
  stop(): void;
}

export interface WatchEvents {
  /** A good new pair was read; from now on it is `current`. */
  changed(pair: Pair): void;
  /** The files cannot be used. Called once for a fault, again when it is another one or has come back. */
  faulty(message: string): void;
  /** The files could not be used, at this look and at the one before. */
  failedLook(): void;
  /** The pair in force ends within 30 days. Called once a day. */
  endsSoon(pair: Pair): void;
}

/**
 * Looks at the files again and again, and whatever is wrong with them, the pair in force stays. Without files (a pair
 * made in memory) there is nothing to look at.
 */
export function watchCertificate(
  files: CertificateFiles | undefined,
  first: Pair,
  events: WatchEvents,
  pollMilliseconds = POLL,
): CertificateWatch {
  let current = first;
  let seen = "";
  let reported = "";
  let remindedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  /** Takes the pair in the files if it is a new one. */
  async function look(files: CertificateFiles): Promise<void> {
    const pair = await readPair(files);
    const fault = datesFault(pair, new Date());
    if (fault !== undefined) throw new CertificateError(fault);
    seen = "";
    reported = "";
    if (timer === undefined || (pair.cert === current.cert && pair.key === current.key)) return;
    events.changed(pair);
    current = pair;
  }

  /** A pair that is being written looks broken for a moment, so a fault counts when two looks see the same. */
  function failed(error: unknown): void {
    const fault = error instanceof Error ? error.message : String(error);
    if (fault === seen) {
      events.failedLook();
      if (fault !== reported) events.faulty(fault);
      reported = fault;
    }
    seen = fault;
  }

  function remind(): void {
    const now = Date.now();
    if (current.notAfter.getTime() - now > ENDS_SOON || now - remindedAt < DAY) return;
    remindedAt = now;
    events.endsSoon(current);
  }

  function lookLater(files: CertificateFiles): void {
    timer = setTimeout(async () => {
      await look(files).catch(failed);
      remind();
      if (timer !== undefined) lookLater(files);
    }, pollMilliseconds).unref();
  }

  if (files !== undefined) lookLater(files);
  return {
    get current() {
      return current;
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
