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
  /** The rest of a sentence after "Cannot": "list namespaces". */
  readonly what: string;
  /** Without it the request is a GET. */
  readonly write?: Write;
  /** Milliseconds without a byte: until the headers, and between two pieces of the body. */
  readonly silence: number;
  /** Milliseconds for the whole call. */
  readonly limit: number;
  /** The body of a watch may be silent until the limit. */
  readonly quietBody?: boolean;
  /** If set, answers with any status except 401 are consumed. Otherwise an answer other than 200 and 201 is a fault. */
  readonly anyStatus?: boolean;
  /** Aborts the call. */
  readonly signal: AbortSignal;
}

/** A network policy that drops our packets looks the same as an API server that is unreachable. */
const NO_ANSWER = "the API server does not answer. See whether the network policy allows its port.";

/** The status and headers of an answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Sends a request and gives the body of the answer to `consume`, piece by piece. When this returns or throws, the connection
 * has ended.
 *
 * It does not use client-node's Watch and API classes. They cannot set the Accept header that asks for metadata only, they
 * limit neither bytes nor the whole time, and they skip lines that are not JSON. Its KubeConfig gives certificates, tokens
 * and proxies. Its agent opens a new connection for each request, so a connection that has silently died is never used.
 *
 * @throws ApiFault always, whatever went wrong.
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

/** A good answer, or a fault. Ends with `signal`, even if a credential plugin hangs. */
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
 * The lines of a body as texts.
 *
 * @throws ApiFault for a line of more than `longest` bytes, and for a line that the end of the body cuts off.
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
 * A whole body as JSON, and its length in bytes.
 *
 * @throws ApiFault for one of more than `longest` bytes, or that is not JSON.
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
