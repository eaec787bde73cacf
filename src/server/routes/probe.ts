import type { FastifyInstance } from "fastify";
import { answerProbe } from "../../admission/answer-probe.ts";
import { readReview } from "../../admission/review.ts";
import type { Deps } from "../deps.ts";
import { sendError, sendReview } from "../http/reply.ts";

export const PROBE_ROUTE = "/validate/probe";

/**
 * POST /validate/probe: the dry-run create by which a replica asks whether the API server reaches gracekeeper. It is
 * no decision, so it leaves no log line and no count.
 */
export function probeRoute(app: FastifyInstance, deps: Deps): void {
  app.post(PROBE_ROUTE, (request, reply) => {
    let uid = "";
    try {
      const review = readReview(request.body);
      uid = review.uid;
      sendReview(reply, answerProbe(review));
    } catch (error) {
      sendError(deps, { request, reply, uid }, error);
    }
  });
}
