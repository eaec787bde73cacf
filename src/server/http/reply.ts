import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Decision } from "../../admission/decision.ts";
import type { ReviewResponse } from "../../admission/response.ts";
import { asciiJson } from "../../json.ts";
import { printable } from "../../policy/messages/quote.ts";
import type { Deps } from "../deps.ts";
import { logDecision } from "../telemetry/log.ts";
import { errorReply } from "./errors.ts";

type Telemetry = Pick<Deps, "logger" | "metrics">;

/** One HTTP request and the response to it. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The uid of the review, if it is known. */
  readonly uid?: string;
}

const MILLISECONDS = 1000;

/** In seconds. A webhook call has 2 s in total, which include the retry of client-go. */
const RETRY_AFTER_SECONDS = "1";

/** The time limit for the remaining request body, in milliseconds: enough for 19 MiB in any cluster network. */
const LINGER = 1000;

/** Sends a decision, logs it and counts it. */
export function sendDecision(
  { logger, metrics }: Telemetry,
  { request, reply }: Exchange,
  { response, record }: Decision,
): void {
  sendReview(reply, response);
  const milliseconds = performance.now() - request.started;
  logDecision(logger, record, milliseconds);
  metrics.decision(record, milliseconds / MILLISECONDS);
}

export function sendReview(reply: FastifyReply, response: ReviewResponse): void {
  reply.header("content-type", "application/json").send(`${asciiJson(JSON.stringify(response))}\n`);
}

/** Sends an error instead of a decision, logs it and counts it. Never throws. */
export function sendError({ logger, metrics }: Telemetry, exchange: Exchange, error: unknown): void {
  const { request, uid = "" } = exchange;
  const { status, sentence } = errorReply(error);
  const route = request.routeOptions.url ?? requestedPath(request.raw.url);
  if (status === 500) logger.error({ event: "internal-error", route, uid, err: error });
  else logger.warn({ event: "request-refused", route, uid, status, reason: sentence, from: request.ip });
  metrics.refused(status);
  afterBody(request.raw, () => send(exchange, status, sentence));
}

/** The length limit for a logged path. Real webhook paths are short. */
const LONGEST_PATH = 100;

/**
 * The path of a request that matches no route, without its query. So the log shows a misspelt path in a webhook
 * configuration.
 */
function requestedPath(url = ""): string {
  return printable(url.replace(/\?.*/s, ""), LONGEST_PATH);
}

/**
 * Waits for the end of the body, at most one second. An earlier close would reset the connection, and the caller would
 * lose the response.
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

/**
 * Sends the sentence as plain text, or as a metav1 Status if the caller accepts JSON, as the API server does. client-go
 * shows the message of a Status; for plain text it shows "unknown reason".
 *
 * Source: staging/src/k8s.io/client-go/rest/request.go `Result.Error` (1.36).
 */
function send({ request, reply }: Exchange, status: number, message: string): void {
  reply.code(status);
  // With a status other than 400 and 500, the body may be unread. The connection must close, because the remaining
  // bytes would look like the next request.
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

/** True if the Accept header contains JSON. By default, curl sends an Accept header without JSON. */
function wantsJson(request: FastifyRequest): boolean {
  return request.headers.accept?.includes("application/json") ?? false;
}
