import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Mode } from "../../admission/decision.ts";
import { mutate } from "../../admission/mutate.ts";
import { readReview } from "../../admission/review.ts";
import { validate } from "../../admission/validate.ts";
import type { Deps } from "../deps.ts";
import { sendDecision, sendError } from "../http/reply.ts";

const MODES: readonly Mode[] = ["enforce", "warn", "audit"];

export const MUTATE_ROUTE = "/mutate";

const validateRoute = (mode: Mode): string => `/validate/${mode}`;

export const VALIDATE_ROUTES: readonly string[] = MODES.map(validateRoute);

/** POST /validate/enforce, /validate/warn, /validate/audit and /mutate: each answers a review with a decision. */
export function reviewRoutes(app: FastifyInstance, deps: Deps): void {
  for (const mode of MODES) app.post(validateRoute(mode), reviewRoute(deps, mode));
  app.post(MUTATE_ROUTE, reviewRoute(deps, "inject"));
}

/** The handler of one route. The handler is synchronous and has sent the reply when it returns. */
function reviewRoute(deps: Deps, mode: Mode | "inject") {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    let uid = "";
    try {
      const review = readReview(request.body);
      uid = review.uid;
      const context = deps.currentConfig.context(review.namespace);
      const decision = mode === "inject" ? mutate(review, context) : validate(review, mode, context);
      sendDecision(deps, { request, reply }, decision);
    } catch (error) {
      sendError(deps, { request, reply, uid }, error);
    }
  };
}
