import type { IncomingMessage } from "node:http";
import { BadRequest } from "../../admission/bad-request.ts";
import { HttpError } from "./errors.ts";
import { type Collect, garbageCollector } from "./garbage.ts";
import { blankManagedFields, nestsDeeperThan } from "./json-scan.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = KIBIBYTE * KIBIBYTE;

/**
 * A client may send an API object of up to 3 MiB. The API server (Go's encoding/json) writes `<`, `>`, `&` and control
 * characters as six bytes each. So a body has at most 18 MiB for the object, and 1 MiB for the other fields. The usual
 * limit of controller-runtime is 7 MiB. With a limit of 7 MiB and failurePolicy Ignore, a pod of 1.3 MiB could avoid
 * the check.
 */
export const REVIEW_LIMIT = 19 * MEBIBYTE;

/**
 * The limit for the total size of all bodies in transfer: two of the largest bodies, or thousands of ordinary bodies,
 * which is more than an API server sends at once. With a limit of 64 MiB, a container of 256 MiB ran out of memory in
 * `npm run image`.
 */
const BUDGET = 40 * MEBIBYTE;

/**
 * Kubernetes objects nest about 20 levels deep. Schemas of custom resources are the deepest, with less than 60 levels.
 */
const DEEPEST = 100;

/** Receives request bodies, and counts the bodies in transfer. */
export interface Receiver {
  readonly receiving: number;
  /** @throws HttpError if the body is too long, compressed or cut off, or if there are too many bodies. */
  receive(stream: IncomingMessage, limit: number): Promise<Buffer>;
}

/** A body in transfer. */
interface Holder {
  /** The bytes of memory that the body uses or will use. */
  size: number;
  /** The bytes that have arrived. */
  came: number;
  refuse: (refusal: HttpError) => void;
}

/**
 * The server counts the bytes of bodies above LARGE. After FREED_TOGETHER bytes, it collects the garbage of V8's young
 * generation. Most reviews are below LARGE.
 */
const LARGE = 64 * KIBIBYTE;
const FREED_TOGETHER = 8 * MEBIBYTE;

/**
 * Parsing a very large body uses much memory. After ALL_FREED_AFTER bytes of such bodies, the server collects all
 * garbage. A collection takes as long as parsing, so the server does not collect after each body. The count uses
 * received bytes, because otherwise a large Content-Length without a body could keep the server busy.
 */
const VERY_LARGE = MEBIBYTE;
const ALL_FREED_AFTER = 4 * MEBIBYTE;

export function createReceiver(budget = BUDGET, free: Collect = garbageCollector()): Receiver {
  const holders = new Set<Holder>();
  let held = 0;
  let unfreed = 0;
  let left = 0;
  /**
   * Drops the largest body, so that a few large bodies that never end do not block small bodies of other callers. Among
   * equally large bodies it drops the newest, because the older ones may be nearly complete.
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
    // The collection waits until the body is parsed.
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
  /** Sets the total number of bytes that the body needs in memory. */
  needs(bytes: number): void;
  /** Reports the size of a chunk that has arrived. */
  came(bytes: number): void;
}

const NOTHING = Buffer.alloc(0);

/**
 * Collects the whole body, unless the body is dropped. Chunks are copied into one buffer and released. The buffer takes
 * memory only as it fills, because the system allocates pages on the first write.
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

/** Refuses a body because of its headers, before it is read. */
function refuseUnread({ headers }: IncomingMessage, limit: number): void {
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpError(415, "the body must not be compressed. Send the body without Content-Encoding.");
  }
  if (Number(headers["content-length"]) > limit) throw tooLarge(limit);
}

function tooLarge(limit: number): HttpError {
  const size = limit >= MEBIBYTE ? `${limit / MEBIBYTE} MiB` : `${limit / KIBIBYTE} KiB`;
  return new HttpError(413, `the body must be at most ${size}.`);
}

/**
 * Parses a JSON body; an empty body gives undefined. `__proto__` and `constructor` are safe as keys, and a valid pod
 * may have them: for JSON.parse they are ordinary keys, and no code here merges objects. @throws BadRequest. The error
 * never quotes the message of the parser, which contains parts of the body.
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
