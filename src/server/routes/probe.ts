import type { FastifyInstance } from "fastify";
import { answerProbe } from "../../admission/answer-probe.ts";
import { readReview } from "../../admission/review.ts";
import type { Deps } from "../deps.ts";
import { sendError, sendReview } from "../http/reply.ts";

export const PROBE_ROUTE = "/validate/probe";

/**
 * POST /validate/probe: answers a probe. By a probe, a replica finds out whether the API server reaches gracekeeper.
 * The response is no decision, so it is not logged and not counted.
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
