import { isDeepStrictEqual } from "node:util";
import type { Logger } from "./telemetry/log.ts";

/**
 * Milliseconds between two looks. The kubelet updates a mounted Secret or ConfigMap by swapping a symlink, which file
 * events miss or report too early. A look never misses it, and small files every 5 s cost nothing.
 */
const POLL_MILLISECONDS = 5000;

/** A file, or several that belong together, and what to do when they change. */
export interface PolledFile<T> {
  /** Begins the names of the log events: `configuration` makes `configuration-error` and `configuration-recovered`. */
  readonly name: string;
  readonly first: T;
  /** True when files that are half written never look good. A good look then counts at once. */
  readonly checksItself: boolean;
  /** Reads and checks the files. @throws FileError with a sentence or two for the log. */
  readonly look: () => Promise<T>;
  /** The files hold another good value, which is the current one from now on. */
  readonly changed: (value: T, before: T) => void;
  /** A look counted, and the files were good. */
  readonly good?: () => void;
  /** The files could not be used, at this look and at the one before. */
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

/** What one look saw. */
type Seen<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/**
 * Looks at the files again and again. What a look sees counts only when the look before saw the same: a file that is
 * being written may look broken for a moment, or, worse, good with its end missing. `checksItself` is the exception.
 */
export function pollFile<T>(file: PolledFile<T>): FilePoll {
  const { name, logger, pollMilliseconds = POLL_MILLISECONDS } = file;
  let current = file.first;
  let last: Seen<T> | undefined;
  /** The error that the log knows of. */
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
