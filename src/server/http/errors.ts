import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import { BadRequest } from "../../admission/bad-request.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** The request cannot be served, and it is not our fault: an HTTP status, and one sentence that says why. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** What fastify itself refuses, in our words. Any other error of its is a fault of ours. */
const FASTIFY_REFUSALS: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new Refusal(415, "the Content-Type must be application/json."),
  FST_ERR_BAD_URL: new Refusal(400, "the path is not a valid URL path."),
};

const OUR_FAULT = "gracekeeper failed on this request; its log has the error.";

/** A webhook call has 2 s in all, so client-go must try again within it. */
const RETRY_AFTER_SECONDS = "1";

/** Enough for 19 MiB and more on any cluster's network. */
const LINGER = 1000;

/** Longer than every sentence of ours, short enough for one look. */
const LONGEST_SENTENCE = 500;

/** Answers what could not be decided, and leaves a line in the log and a count. Never throws. */
export function refuse(
  parts: { readonly logger: Logger; readonly metrics: Metrics },
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  uid = "",
): void {
  const { status, sentence } = whatWentWrong(error);
  const route = request.routeOptions.url ?? "";
  if (status === 500) parts.logger.error({ event: "error", route, uid, err: error });
  else parts.logger.warn({ event: "refused", route, uid, status, reason: sentence, from: request.ip });
  parts.metrics.refused(status);
  afterBody(request.raw, () => send(request, reply, status, sentence));
}

/**
 * Waits until the rest of the body has come and gone: to close while it is on its way would reset the connection, and
 * the caller would see that in place of the sentence. One that takes too long has itself to blame.
 */
function afterBody(stream: IncomingMessage, then: () => void): void {
  if (stream.readableEnded || stream.destroyed) {
    then();
    return;
  }
  const done = (): void => {
    clearTimeout(timer);
    stream.off("end", done).off("close", done);
    then();
  };
  const timer = setTimeout(done, LINGER);
  stream.on("end", done).on("close", done).resume();
}

/** The refusal of a request that has no route. */
export function unrouted(path: string, method: string, routes: readonly string[]): Refusal {
  const known = routes.includes(path.split("?", 1)[0] ?? "");
  return known
    ? new Refusal(405, `use POST here, not ${method}.`)
    : new Refusal(404, `there is nothing here; POST to ${routes.join(", ")}.`);
}

function whatWentWrong(error: unknown): { status: number; sentence: string } {
  const code = (error as { code?: unknown } | null)?.code;
  const refusal = typeof code === "string" ? (FASTIFY_REFUSALS[code] ?? error) : error;
  if (refusal instanceof BadRequest) return { status: 400, sentence: printable(refusal.message) };
  if (refusal instanceof Refusal) return { status: refusal.status, sentence: printable(refusal.message) };
  return { status: 500, sentence: OUR_FAULT };
}

/**
 * Sends the sentence as text, which is what a person with curl wants, or as a metav1 Status to a caller that asks for
 * JSON, as the API server does: of a Status, client-go shows the message; of anything else it says "unknown reason".
 *
 * Source: staging/src/k8s.io/client-go/rest/request.go `Result.Error` (1.36).
 */
function send(request: FastifyRequest, reply: FastifyReply, status: number, message: string): void {
  reply.code(status);
  // Where the body was not read as one, nobody should count on what the connection holds next.
  if (status !== 400 && status !== 500) reply.header("connection", "close");
  if (status === 503) reply.header("retry-after", RETRY_AFTER_SECONDS);
  if (status === 405) reply.header("allow", "POST");
  if (wantsJson(request)) {
    const reason = STATUS_CODES[status]?.replace(/\W/g, "");
    const body = { apiVersion: "v1", kind: "Status", status: "Failure", message, reason, code: status };
    reply.header("content-type", "application/json").send(`${JSON.stringify(body)}\n`);
  } else {
    reply.header("content-type", "text/plain; charset=utf-8").send(`${message}\n`);
  }
}

/** True when the caller names JSON in its Accept header; curl accepts anything and names nothing. */
export function wantsJson(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("application/json") ?? false;
}

/** The text as one line of printable ASCII: it may quote what a client sent, and ends in someone's terminal. */
export function printable(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, "?");
  return line.length > LONGEST_SENTENCE ? `${line.slice(0, LONGEST_SENTENCE)}...` : line;
}
