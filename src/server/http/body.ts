import type { IncomingMessage } from "node:http";
import { BadRequest } from "../../admission/bad-request.ts";
import { HttpError } from "./errors.ts";
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
 * The limit for all bodies that are being received at one time: three of the largest, or thousands of usual ones. An API
 * server sends fewer at once, and it fits into the memory of a small container.
 */
const BUDGET = 64 * MEBIBYTE;

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
  length: number;
  refuse: (refusal: HttpError) => void;
}

export function createReceiver(budget = BUDGET): Receiver {
  const holders = new Set<Holder>();
  let held = 0;
  /**
   * The largest body is dropped, not the newest: a few large bodies that never end must not block the small ones of
   * other callers.
   */
  const makeRoom = (): void => {
    const largest = [...holders].reduce((one, other) => (other.length > one.length ? other : one));
    largest.refuse(new HttpError(503, "too many large requests at once. Try again in a second."));
  };
  return {
    get receiving() {
      return holders.size;
    },
    async receive(stream, limit) {
      refuseUnread(stream, limit);
      const holder: Holder = { length: 0, refuse: () => {} };
      holders.add(holder);
      try {
        return await collect(stream, holder, (bytes) => {
          holder.length += bytes;
          held += bytes;
          if (holder.length > limit) holder.refuse(tooLarge(limit));
          else if (held > budget) makeRoom();
        });
      } finally {
        holders.delete(holder);
        held -= holder.length;
      }
    },
  };
}

/** The whole body, unless its holder drops it; `count` is called for every piece. */
function collect(stream: IncomingMessage, holder: Holder, count: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const settle = (): void => {
      stream.off("data", onData).off("end", onEnd).off("error", onAbort).off("close", onAbort);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      count(chunk.length);
    };
    const onEnd = (): void => {
      settle();
      const [first] = chunks;
      resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks));
    };
    // An aborted request has "error", or "close" without "end".
    const onAbort = (): void => {
      settle();
      reject(new HttpError(400, "the connection ended before the end of the body."));
    };
    holder.refuse = (refusal) => {
      settle();
      chunks.length = 0;
      reject(refusal);
    };
    stream.on("data", onData).on("end", onEnd).on("error", onAbort).on("close", onAbort);
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
