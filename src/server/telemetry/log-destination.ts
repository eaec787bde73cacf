import { write as writeFile } from "node:fs";

/**
 * Log lines are buffered up to this many characters or milliseconds. A write costs as much as making a line, and a
 * delay of 0.2 s does not matter in a log.
 */
const TOGETHER = 4096;
const AFTER = 200;

/** How many characters may wait in memory for a slow reader of the log. Further lines are dropped. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Milliseconds until the next attempt to write to a full pipe. */
const TRY_AGAIN = 100;

export interface LogDestination {
  write(line: string): void;
  /** Resolves when every waiting line is written or dropped. */
  flush(): Promise<void>;
}

/**
 * Writes lines to a file descriptor without blocking. If nobody reads the log or the disk is full, only log lines are
 * lost. (pino's own destination waits at process exit until all lines are written, so without a reader the process
 * would never exit.)
 */
export function createDestination(fd: number): LogDestination {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  /** Writes the waiting lines, and also new lines if many arrive during the write. */
  async function writeOut(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    do {
      const bytes = Buffer.from(waiting);
      waiting = "";
      await writeAll(fd, bytes);
    } while (waiting.length >= TOGETHER);
    writing = undefined;
    if (waiting !== "") writeLater();
  }

  function writeLater(): void {
    timer ??= setTimeout(start, AFTER).unref();
  }

  function start(): void {
    writing ??= writeOut();
  }
  return {
    write(line) {
      if (waiting.length + line.length > MOST_WAITING) return;
      waiting += line;
      if (writing !== undefined) return;
      if (waiting.length >= TOGETHER) start();
      else writeLater();
    },
    async flush() {
      await writing;
      if (waiting !== "") await writeOut();
    },
  };
}

/** Writes the bytes, in several writes if needed. Bytes that cannot be written are dropped. */
function writeAll(fd: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    function writeFrom(offset: number): void {
      writeFile(fd, bytes, offset, bytes.length - offset, null, (error, written) => {
        if (error?.code === "EAGAIN") setTimeout(writeFrom, TRY_AGAIN, offset);
        else if (error !== null || offset + written >= bytes.length) resolve();
        else writeFrom(offset + written);
      });
    }
    writeFrom(0);
  });
}
