import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Decision, Mode } from "../../admission/decision.ts";
import { mutate } from "../../admission/mutate.ts";
import { type Review, readReview } from "../../admission/review.ts";
import { validate } from "../../admission/validate.ts";
import type { Context } from "../../policy/model/context.ts";
import type { Deps } from "../deps.ts";
import { sendDecision, sendError } from "../http/reply.ts";

const MODES: readonly Mode[] = ["enforce", "warn", "audit"];

export const MUTATE_ROUTE = "/mutate";

const validateRoute = (mode: Mode): string => `/validate/${mode}`;

export const VALIDATE_ROUTES: readonly string[] = MODES.map(validateRoute);

export type Decide = (review: Review, context: Context) => Decision;

/** POST /validate/enforce, /validate/warn, /validate/audit and /mutate: a review in, a decision out. */
export function reviewRoutes(app: FastifyInstance, deps: Deps): void {
  for (const mode of MODES) {
    const decide: Decide = (review, context) => validate(review, mode, context);
    app.post(validateRoute(mode), decideWith(deps, decide));
  }
  app.post(MUTATE_ROUTE, decideWith(deps, mutate));
}

/** The handler of one route. It does not await anything: the reply is sent when it returns. */
export function decideWith(deps: Deps, decide: Decide) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    let uid = "";
    try {
      const review = readReview(request.body);
      uid = review.uid;
      const decision = decide(review, deps.currentConfig.context(review.namespace));
      sendDecision(deps, { request, reply }, decision);
    } catch (error) {
      sendError(deps, { request, reply, uid }, error);
    }
  };
}
