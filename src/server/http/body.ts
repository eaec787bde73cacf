import type { IncomingMessage } from "node:http";
import { BadRequest } from "../../admission/bad-request.ts";
import { HttpError } from "./errors.ts";
import { type Collect, garbageCollector } from "./garbage.ts";
import { blankManagedFields, nestsDeeperThan } from "./json-scan.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = KIBIBYTE * KIBIBYTE;

/**
 * An API object is at most 3 MiB as it was sent, and the API server's encoder (Go's encoding/json) writes `<`, `>`, `&` and
 * control characters as six bytes each: 18 MiB, and 1 for the rest. controller-runtime accepts 7 MiB, so with
 * failurePolicy Ignore a pod of 1.3 MiB could pass without a check.
 */
export const REVIEW_LIMIT = 19 * MEBIBYTE;

/**
 * The limit for all bodies that are being received at one time, as they were announced: two of the largest, or thousands
 * of usual ones. An API server sends fewer at once. With 64 MiB, `npm run image` saw a container of 256 MiB killed.
 */
const BUDGET = 40 * MEBIBYTE;

/** Kubernetes objects nest about 20 deep; schemas of custom resources, the deepest, below 60. */
const DEEPEST = 100;

/** Receives request bodies, and knows how many are on their way. */
export interface Receiver {
  readonly receiving: number;
  /** @throws HttpError when the body is too long, compressed, cut off, or one too many. */
  receive(stream: IncomingMessage, limit: number): Promise<Buffer>;
}

/** A body that is being received. */
interface Holder {
  /** Bytes of memory that it takes, or will take. */
  size: number;
  /** Bytes that have come. */
  came: number;
  refuse: (refusal: HttpError) => void;
}

/** Most reviews are smaller. The pieces of larger bodies are freed by us, each time that so many bytes have come. */
const LARGE = 64 * KIBIBYTE;
const FREED_TOGETHER = 8 * MEBIBYTE;

/**
 * What bodies of this size leave behind when they were parsed is freed when so much of them has come: one large body, or a few.
 * It takes as long as parsing them does. After each body, or for one that is only announced, it would be a cheap way to
 * keep the server busy.
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
   * other callers. Of several it is the newest, so that one that has nearly come is not lost.
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
    // Not now: the body will be parsed.
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
 * The whole body, unless its holder drops it. The pieces are copied into one buffer and not kept. Memory that is only
 * announced is not used: the system gives it when it is written to.
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
    // An aborted request has "error", or "close" without "end".
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

/** Throws for what is wrong in the headers alone. */
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
 * Parses a JSON body; an empty one is undefined. `__proto__` and `constructor` are ordinary keys: JSON.parse makes them members of their own,
 * nothing here merges objects, and a pod may rightly have them in a map.
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
