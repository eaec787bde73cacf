import { isDeepStrictEqual } from "node:util";
import type { Logger } from "./telemetry/log.ts";

/**
 * Milliseconds between two reads. The kubelet updates a mounted Secret or ConfigMap by changing a symlink, which file
 * events miss or report too early. Polling never misses it, and small files every 5 s cost nothing.
 */
const POLL_MILLISECONDS = 5000;

/** One or several files that belong together, and what to do when they change. */
export interface PolledFile<T> {
  /** The first part of the log events: `configuration` makes `configuration-error` and `configuration-recovered`. */
  readonly name: string;
  readonly first: T;
  /** True if files that are half written are never valid. Then a valid result counts at once. */
  readonly checksItself: boolean;
  /** Reads and checks the files. @throws FileError with a sentence or two for the log. */
  readonly look: () => Promise<T>;
  /** The files have another valid value, which is now the current one. */
  readonly changed: (value: T, before: T) => void;
  /** A result counted, and the files were valid. */
  readonly good?: () => void;
  /** The files could not be used at two reads in a row. */
  readonly failed: () => void;
  readonly logger: Logger;
  /** Only tests set it. */
  readonly pollMilliseconds?: number | undefined;
}

export interface FilePoll {
  stop(): void;
}

/** Files that cannot be used as they are. `message` says what is wrong and what to do. */
export class FileError extends Error {}

/** The result of one read. */
type Seen<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/**
 * Reads the files again and again. A result counts only if two reads in a row have it: a file that is being written may
 * be broken for a moment or, worse, be valid without its end. `checksItself` is the exception.
 */
export function pollFile<T>(file: PolledFile<T>): FilePoll {
  const { name, logger, pollMilliseconds = POLL_MILLISECONDS } = file;
  let current = file.first;
  let last: Seen<T> | undefined;
  /** The error that was logged last. */
  let reported: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function poll(): Promise<void> {
    const seen = await see(file.look);
    const counts = (seen.ok && file.checksItself) || isDeepStrictEqual(seen, last);
    last = seen;
    if (timer === undefined || !counts) return;
    if (seen.ok) accept(seen.value);
    else refuse(seen.reason);
  }

  function accept(value: T): void {
    if (reported !== undefined) logger.info({ event: `${name}-recovered` });
    reported = undefined;
    const before = current;
    current = value;
    if (!isDeepStrictEqual(value, before)) file.changed(value, before);
    file.good?.();
  }

  function refuse(reason: string): void {
    file.failed();
    if (reason !== reported) logger.error({ event: `${name}-error`, reason });
    reported = reason;
  }

  function pollLater(): void {
    timer = setTimeout(async () => {
      await poll().catch((err: unknown) => logger.error({ event: "internal-error", err }));
      if (timer !== undefined) pollLater();
    }, pollMilliseconds).unref();
  }

  pollLater();
  return {
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

async function see<T>(look: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { ok: true, value: await look() };
  } catch (error) {
    if (error instanceof FileError) return { ok: false, reason: error.message };
    throw error;
  }
}
