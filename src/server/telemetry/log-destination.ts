import { write as writeFile } from "node:fs";

/**
 * Lines are written together, after this many characters or milliseconds. A write costs as much as making the line, and
 * a delay of a fifth of a second does not matter in a log.
 */
const TOGETHER = 4096;
const AFTER = 200;

/** Characters that may wait in memory for a slow reader of the log. Beyond it, lines are dropped. */
const MOST_WAITING = 4 * 1024 * 1024;

/** Milliseconds until the next attempt to write to a full pipe. */
const TRY_AGAIN = 100;

export interface LogDestination {
  write(line: string): void;
  /** Resolves when every waiting line is written or dropped. */
  flush(): Promise<void>;
}

/**
 * Writes lines to a file descriptor without blocking. If the reader does not read, or the disk is full, only lines are
 * lost. (pino's own destination waits at the exit of the process until all is written. With a reader that does not
 * read, the process would never end.)
 */
export function createDestination(fd: number): LogDestination {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  /** Writes the waiting lines, and those that came meanwhile if there are many. */
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

/** Writes the bytes, in several pieces if needed. Bytes that cannot be written are dropped. */
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
