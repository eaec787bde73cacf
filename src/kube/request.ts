import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Access } from "./access.ts";
import { ApiFault, asFault, notTrusted, statusFault } from "./api-fault.ts";

/** The body of a request. */
export interface Write {
  readonly method: "POST" | "PATCH";
  /** The content type of the body. */
  readonly type: string;
  readonly body: string;
}

/** One request to the API server. */
export interface Call {
  readonly path: string;
  readonly accept: string;
  /** The words after "Cannot" in an error message, such as "list namespaces". */
  readonly what: string;
  /** If absent, the request is a GET. */
  readonly write?: Write;
  /** The idle timeout in milliseconds, until the headers and between two chunks of the body. */
  readonly silence: number;
  /** The time limit for the whole call, in milliseconds. */
  readonly limit: number;
  /** Turns off the idle timeout for the body, because a watch may have no events. */
  readonly quietBody?: boolean;
  /**
   * If set, `consume` gets responses with any status except 401. If not set, a status other than 200 and 201 is a
   * fault.
   */
  readonly anyStatus?: boolean;
  /** Aborts the call. */
  readonly signal: AbortSignal;
}

/** A NetworkPolicy that drops packets looks like an unreachable API server, so the message mentions it. */
const NO_ANSWER =
  "the API server does not answer. Check that the network policy allows the port of the API server.";

/** The status and headers of a response. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Sends a request and passes the body of the response to `consume` in chunks. The function returns or throws only after
 * it has closed the connection.
 *
 * The function does not use client-node's Watch and API classes. The Watch and API classes cannot request metadata
 * only, have no limits for bytes and time, and skip lines that are not JSON. The KubeConfig of client-node supplies
 * certificates, tokens and proxies. The agent of client-node opens a new connection for each request, so a dead
 * connection is never reused.
 *
 * @throws ApiFault for every failure of the request.
 */
export async function request<T>(
  access: Access,
  call: Call,
  consume: (body: AsyncIterable<Buffer>, answer: Answer) => Promise<T>,
): Promise<T> {
  const cut = new AbortController();
  const late = () => cut.abort(new ApiFault(`Cannot ${call.what}: ${NO_ANSWER}`));
  const stop = () => cut.abort(new ApiFault(`Cannot ${call.what}: gracekeeper is shutting down.`));
  const limit = setTimeout(late, call.limit).unref();
  const silence = setTimeout(late, call.silence).unref();
  call.signal.addEventListener("abort", stop);
  if (call.signal.aborted) stop();
  try {
    const response = await answer(access, call, cut.signal);
    if (call.quietBody) clearTimeout(silence);
    const { statusCode: status = 0, headers } = response;
    const body = pieces(response, () => call.quietBody || silence.refresh());
    return await consume(body, { status, headers });
  } catch (error) {
    const fault = asFault(cut.signal.aborted ? cut.signal.reason : error, call.what);
    if (fault.status === UNAUTHORIZED || notTrusted(error)) access.refused();
    throw fault;
  } finally {
    clearTimeout(limit);
    clearTimeout(silence);
    call.signal.removeEventListener("abort", stop);
    cut.abort();
  }
}

const GOOD: ReadonlySet<number> = new Set([200, 201]);
const UNAUTHORIZED = 401;

/**
 * Waits for the headers of a response with an expected status. Stops at `signal`, even if a credential plugin hangs.
 */
async function answer(access: Access, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  send(access, call, signal, { resolve, reject }).catch(reject);
  const response = await promise;
  const { statusCode = 0, headers } = response;
  const consumed = call.anyStatus ? statusCode !== UNAUTHORIZED : GOOD.has(statusCode);
  if (consumed) return response;
  throw statusFault(statusCode, headers["retry-after"], call.what);
}

async function send(
  access: Access,
  { path, accept, write }: Call,
  signal: AbortSignal,
  { resolve, reject }: Pick<PromiseWithResolvers<IncomingMessage>, "resolve" | "reject">,
): Promise<void> {
  signal.throwIfAborted();
  const { server, options } = await access.target();
  signal.throwIfAborted();
  const begin = server.startsWith("http:") ? httpRequest : httpsRequest;
  const type = write && { "content-type": write.type };
  const headers = { ...options.headers, ...type, accept, "user-agent": "gracekeeper" };
  begin(`${server}${path}`, { ...options, method: write?.method ?? "GET", headers, signal }, resolve)
    .on("error", reject)
    .end(write?.body);
}

async function* pieces(response: IncomingMessage, seen: () => void): AsyncGenerator<Buffer> {
  for await (const piece of response) {
    seen();
    yield piece as Buffer;
  }
}

/**
 * The lines of a body as strings.
 *
 * @throws ApiFault for a line of more than `longest` bytes, and for an incomplete last line.
 */
export async function* lines(body: AsyncIterable<Buffer>, longest: number): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    let from = 0;
    for (let end = piece.indexOf("\n"); end !== -1; end = piece.indexOf("\n", from)) {
      held.push(piece.subarray(from, end));
      yield Buffer.concat(held).toString();
      held = [];
      bytes = 0;
      from = end + 1;
    }
    held.push(piece.subarray(from));
    bytes += piece.length - from;
    if (bytes > longest)
      throw new ApiFault("The API server sent a line that is too long.", { unreadable: true });
  }
  if (bytes > 0) throw new ApiFault("The connection to the API server ended in the middle of a line.");
}

/**
 * Parses a whole body as JSON, and counts its bytes.
 *
 * @throws ApiFault for a body of more than `longest` bytes, or one that is not JSON.
 */
export async function json(
  body: AsyncIterable<Buffer>,
  longest: number,
): Promise<{ readonly value: unknown; readonly bytes: number }> {
  const held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > longest)
      throw new ApiFault("The API server sent an answer that is too long.", { tooLong: true });
    held.push(piece);
  }
  return { value: parse(Buffer.concat(held).toString()), bytes };
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ApiFault("The API server sent something that is not JSON.", { unreadable: true });
  }
}
