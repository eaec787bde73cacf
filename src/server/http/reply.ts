import type { FastifyReply, FastifyRequest } from "fastify";
import type { Decision } from "../../admission/decision.ts";
import { asciiJson } from "../../json.ts";
import { type Logger, logDecision } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Sends what was decided, and leaves one log line and one count. */
export function respond(
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
  request: FastifyRequest,
  reply: FastifyReply,
  { response, record }: Decision,
): void {
  reply.header("content-type", "application/json").send(`${asciiJson(JSON.stringify(response))}\n`);
  const milliseconds = performance.now() - request.started;
  logDecision(logger, record, milliseconds);
  metrics.decision(record, milliseconds / 1000);
}
