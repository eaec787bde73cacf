import type { FastifyInstance } from "fastify";
import { answerProbe } from "../../admission/answer-probe.ts";
import { readReview } from "../../admission/review.ts";
import type { Deps } from "../deps.ts";
import { sendError, sendReview } from "../http/reply.ts";

export const PROBE_ROUTE = "/validate/probe";

/**
 * POST /validate/probe: a replica creates an object in a dry run to find out whether the API server reaches
 * gracekeeper. That is not a decision, so it is neither logged nor counted.
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
