import type { IncomingMessage } from "node:http";
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
  fastify,
} from "fastify";
import type { Decision, Mode } from "../admission/decision.ts";
import { mutate } from "../admission/mutate.ts";
import { type Review, readReview } from "../admission/review.ts";
import { validate } from "../admission/validate.ts";
import type { ListPods } from "../kube/pods.ts";
import type { Context } from "../policy/model/pod-facts.ts";
import type { CurrentConfig } from "./config/current.ts";
import type { Explainer } from "./explain/pool.ts";
import { parseJson, REVIEW_LIMIT, type Receiver } from "./http/body.ts";
import { Refusal, refuse, unrouted } from "./http/errors.ts";
import { refuseBytes } from "./http/https-server.ts";
import { respond } from "./http/reply.ts";
import { explainRoute } from "./routes/explain.ts";
import { NAMESPACE_ROUTE, namespaceRoute } from "./routes/namespace.ts";
import type { Logger } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** When its headers were read, on the clock of `performance.now()`. */
    started: number;
  }
}

const MODES: readonly Mode[] = ["enforce", "warn", "audit"];

const ROUTES = [...MODES.map((mode) => `/validate/${mode}`), NAMESPACE_ROUTE, "/mutate"];

/** The API server sends 8 header fields, proxies add some 20. */
const MOST_HEADERS = 100;

/** What the app is made of. */
export interface Parts {
  readonly inForce: CurrentConfig;
  /** Lists the pods of a namespace; undefined where there is no access to the API server. */
  readonly listPods: ListPods | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly receiver: Receiver;
  /** Undefined leaves /explain out. */
  readonly explainer: Explainer | undefined;
  /** True from the signal to stop on: every answer then closes its connection, so that the next call goes elsewhere. */
  readonly draining: () => boolean;
}

type Decide = (review: Review, context: Context) => Decision;

/**
 * The routes of the webhook. Every outcome:
 *
 * | situation                                             | HTTP | body                             |
 * |-------------------------------------------------------|------|----------------------------------|
 * | a v1 review, whatever was decided                     | 200  | AdmissionReview                  |
 * | no review, no uid, v1beta1, a type no API server sends | 400 | sentence                         |
 * | no JSON, or nested deeper than 100                    | 400  | sentence                         |
 * | another path                                          | 404  | sentence that names the routes   |
 * | another method                                        | 405  | sentence, `Allow: POST`          |
 * | body above 19 MiB                                     | 413  | sentence, connection closed      |
 * | not application/json, or compressed                   | 415  | sentence, connection closed      |
 * | more than 100 header fields                           | 431  | sentence, connection closed      |
 * | 64 MiB of bodies under way                            | 503  | sentence, `Retry-After`, closed  |
 * | our fault                                             | 500  | sentence; the log has the error  |
 *
 * `serverFactory` makes the HTTPS server, which is the caller's to start; without one the app can only be injected into.
 *
 * Anything but 200 leaves the decision to the cluster's failurePolicy, so a fault of ours is never `allowed: false`.
 */
export function buildApp(parts: Parts, serverFactory?: FastifyServerFactory): FastifyInstance {
  const routes = parts.explainer === undefined ? ROUTES : [...ROUTES, "/explain"];
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    // While it drains it still answers: a bare 503 would be a failed admission.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => refuse(parts, error, request, reply),
    clientErrorHandler: (error, socket) => {
      const status = refuseBytes(error, socket);
      if (status !== undefined) parts.metrics.refused(status);
    },
    ...(serverFactory && { serverFactory }),
  });
  app.decorateRequest("started", 0);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", async (_request: FastifyRequest, stream: IncomingMessage) =>
    parseJson(await parts.receiver.receive(stream, REVIEW_LIMIT)),
  );
  app.addHook("onRequest", (request, reply, done) => {
    request.started = performance.now();
    if (parts.draining()) reply.header("connection", "close");
    if (request.raw.rawHeaders.length > 2 * MOST_HEADERS) {
      throw new Refusal(431, `send at most ${MOST_HEADERS} header fields.`);
    }
    if (request.is404) throw unrouted(request.raw.url ?? "", request.method, routes);
    done();
  });
  app.setErrorHandler((error, request, reply) => refuse(parts, error, request, reply));
  for (const mode of MODES) {
    app.post(
      `/validate/${mode}`,
      review(parts, (review, context) => validate(review, mode, context)),
    );
  }
  app.post("/mutate", review(parts, mutate));
  namespaceRoute(app, parts);
  if (parts.explainer !== undefined) explainRoute(app, parts, parts.explainer);
  return app;
}

/** A request is over when it is answered: route, decision, answer, one log line, one count. */
function review(parts: Parts, decide: Decide) {
  return (request: FastifyRequest, reply: FastifyReply): void => {
    let uid = "";
    try {
      const review = readReview(request.body);
      uid = review.uid;
      respond(parts, request, reply, decide(review, parts.inForce.context(review.namespace)));
    } catch (error) {
      refuse(parts, error, request, reply, uid);
    }
  };
}
