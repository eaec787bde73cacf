import { write as writeFile } from "node:fs";

/**
 * Lines are written together, once there are this many characters or after this many milliseconds: a write costs as
 * much as the line itself, and nobody reads the log within a fifth of a second.
 */
const TOGETHER = 4096;
const AFTER = 200;

/** What may wait in memory for a slow reader of the log, in characters; beyond it lines are dropped. */
const MOST_WAITING = 4 * 1024 * 1024;

/** A pipe that is full and does not block; by then the reader may have taken something. */
const TRY_AGAIN = 100;

export interface LogDestination {
  write(line: string): void;
  /** Resolves when all that waited is written, or could not be. */
  flush(): Promise<void>;
}

/**
 * Writes lines to a file descriptor without ever waiting for it. A reader that sleeps, one that has gone, a full disk:
 * lines are lost then, and nothing else. (pino's own destination writes what is left when the process exits, and waits
 * for it: behind a reader that sleeps the process would never end.)
 */
export function createDestination(fd: number): LogDestination {
  let waiting = "";
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> | undefined;

  /** Writes what waits, and what has come to wait meanwhile if it is much. */
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

/** Writes the bytes, in as many pieces as it takes; what cannot be written is given up. */
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
