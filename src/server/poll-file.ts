import { isDeepStrictEqual } from "node:util";
import type { Logger } from "./telemetry/log.ts";

/**
 * Milliseconds between two reads. The kubelet updates a mounted Secret or ConfigMap by changing a symlink. File events
 * miss the change of a symlink or come too early, and polling small files every 5 s costs nothing.
 */
const POLL_MILLISECONDS = 5000;

/** A group of files that are read together, and the callbacks for their changes. */
export interface PolledFile<T> {
  /** The prefix of the log events: `configuration` gives `configuration-error` and `configuration-recovered`. */
  readonly name: string;
  readonly first: T;
  /** True if partly written files are never valid. A valid read then takes effect at once. */
  readonly checksItself: boolean;
  /** Reads and checks the files. @throws FileError with a sentence or two for the log. */
  readonly look: () => Promise<T>;
  /** Called when the files have a new valid value. */
  readonly changed: (value: T, before: T) => void;
  /** Called after each accepted read of valid files. */
  readonly good?: () => void;
  /** Called when two reads in a row failed with the same error. */
  readonly failed: () => void;
  readonly logger: Logger;
  /** Only tests set it. */
  readonly pollMilliseconds?: number | undefined;
}

export interface FilePoll {
  stop(): void;
}

/** The error for files that cannot be used. `message` has the problem and the advice. */
export class FileError extends Error {}

/** The result of one read. */
type Seen<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/**
 * Reads the files at an interval. A result takes effect after two equal reads in a row. A file that is being written
 * may be invalid, or may be valid although its end is still missing. With `checksItself`, one valid read is enough.
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
