import type { IncomingMessage } from "node:http";
import { BadRequest } from "../../admission/bad-request.ts";
import { HttpError } from "./errors.ts";
import { type Collect, garbageCollector } from "./garbage.ts";
import { blankManagedFields, nestsDeeperThan } from "./json-scan.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = KIBIBYTE * KIBIBYTE;

/**
 * A client may send an API object of up to 3 MiB. The encoder of the API server (Go's encoding/json) writes `<`, `>`,
 * `&` and control characters as six bytes each. That makes 18 MiB, and 1 more for the rest. controller-runtime accepts
 * 7 MiB, so with
 * failurePolicy Ignore a pod of 1.3 MiB could pass without a check.
 */
export const REVIEW_LIMIT = 19 * MEBIBYTE;

/**
 * The limit for the announced sizes of all bodies that are being received: two of the largest, or thousands of usual
 * ones. An API server sends fewer at once. With a limit of 64 MiB, a container of 256 MiB was killed in `npm run
 * image`.
 */
const BUDGET = 40 * MEBIBYTE;

/** Kubernetes objects have about 20 levels. The deepest are schemas of custom resources, with less than 60. */
const DEEPEST = 100;

/** Receives request bodies, and counts those that are being received. */
export interface Receiver {
  readonly receiving: number;
  /** @throws HttpError if the body is too long, compressed or cut off, or if there are too many bodies. */
  receive(stream: IncomingMessage, limit: number): Promise<Buffer>;
}

/** A body that is being received. */
interface Holder {
  /** The bytes of memory that it takes, or will take. */
  size: number;
  /** The bytes that have come. */
  came: number;
  refuse: (refusal: HttpError) => void;
}

/** Most reviews are smaller. The memory of larger bodies is freed each time so many bytes have come. */
const LARGE = 64 * KIBIBYTE;
const FREED_TOGETHER = 8 * MEBIBYTE;

/**
 * When so many bytes of large bodies have come (one large body, or a few), the memory that parsing them used is freed.
 * That takes as long as parsing. So it is not done after each body, or for a body that is only announced: that would be
 * a cheap way to keep the server busy.
 */
const VERY_LARGE = MEBIBYTE;
const ALL_FREED_AFTER = 4 * MEBIBYTE;

export function createReceiver(budget = BUDGET, free: Collect = garbageCollector()): Receiver {
  const holders = new Set<Holder>();
  let held = 0;
  let unfreed = 0;
  let left = 0;
  /**
   * The largest body is dropped, not the newest: a few large bodies that never end must not block the small ones of
   * other callers. Of several equally large ones it is the newest, because the others may be nearly complete.
   */
  const makeRoom = (): void => {
    const largest = [...holders].reduce((one, other) => (other.size >= one.size ? other : one));
    largest.refuse(new HttpError(503, "too many large requests at once. Try again in a second."));
  };
  const came = (bytes: number): void => {
    unfreed += bytes;
    if (unfreed < FREED_TOGETHER) return;
    unfreed = 0;
    free("young");
  };
  const gone = (bytes: number): void => {
    if (bytes <= VERY_LARGE) return;
    left += bytes;
    if (left < ALL_FREED_AFTER) return;
    left = 0;
    // Not now, because the body will be parsed.
    setImmediate(free, "all");
  };
  return {
    get receiving() {
      return holders.size;
    },
    async receive(stream, limit) {
      refuseUnread(stream, limit);
      const holder: Holder = { size: 0, came: 0, refuse: () => {} };
      holders.add(holder);
      try {
        return await collect(stream, limit, holder, {
          needs(bytes) {
            held += bytes - holder.size;
            holder.size = bytes;
            if (held > budget) makeRoom();
          },
          came(bytes) {
            holder.came += bytes;
            if (holder.size > LARGE) came(bytes);
          },
        });
      } finally {
        holders.delete(holder);
        held -= holder.size;
        gone(holder.came);
      }
    },
  };
}

interface Progress {
  /** The body needs so many bytes of memory in all. */
  needs(bytes: number): void;
  /** A piece of so many bytes has come. */
  came(bytes: number): void;
}

const NOTHING = Buffer.alloc(0);

/**
 * The whole body, unless it is dropped meanwhile. Its pieces are copied into one buffer and not kept. The buffer uses
 * memory only where it is written: the system allocates pages on the first write.
 */
function collect(
  stream: IncomingMessage,
  limit: number,
  holder: Holder,
  progress: Progress,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const announced = Number(stream.headers["content-length"] ?? 0);
    let body = NOTHING;
    let length = 0;
    let refused = false;
    const settle = (): void => {
      stream.off("end", onEnd).off("error", onAbort).off("close", onAbort);
    };
    const onData = (piece: Buffer): void => {
      progress.came(piece.length);
      if (refused) return;
      const needed = length + piece.length;
      if (needed > limit) {
        holder.refuse(tooLarge(limit));
        return;
      }
      if (needed > body.length) {
        const grown = Buffer.allocUnsafeSlow(Math.max(announced, needed, Math.min(limit, 2 * body.length)));
        body.copy(grown);
        body = grown;
        progress.needs(body.length);
        if (refused) return;
      }
      piece.copy(body, length);
      length = needed;
    };
    const onEnd = (): void => {
      settle();
      resolve(body.subarray(0, length));
    };
    // An aborted request emits "error", or "close" without "end".
    const onAbort = (): void => {
      holder.refuse(new HttpError(400, "the connection ended before the end of the body."));
    };
    holder.refuse = (refusal) => {
      refused = true;
      settle();
      body = NOTHING;
      reject(refusal);
    };
    stream.on("data", onData).on("end", onEnd).on("error", onAbort).on("close", onAbort);
    progress.needs(announced);
  });
}

/** Throws for errors that the headers alone show. */
function refuseUnread({ headers }: IncomingMessage, limit: number): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpError(415, "the body must not be compressed. Send it without Content-Encoding.");
  }
  if (Number(headers["content-length"]) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): HttpError {
  const size = limit >= MEBIBYTE ? `${limit / MEBIBYTE} MiB` : `${limit / KIBIBYTE} KiB`;
  return new HttpError(413, `the body must be at most ${size}.`);
}

/**
 * Parses a JSON body; an empty one is undefined. `__proto__` and `constructor` are ordinary keys: a map in a valid pod
 * may have them, JSON.parse makes them own members, and no code here merges objects.
 *
 * @throws BadRequest; never with the parser's own message, which quotes the body.
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  blankManagedFields(body);
  if (nestsDeeperThan(DEEPEST, body)) {
    throw new BadRequest(`the body must not nest deeper than ${DEEPEST} levels.`);
  }
  const text = body.toString("utf8");
  try {
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch {
    throw new BadRequest("the body is not valid JSON.");
  }
}
