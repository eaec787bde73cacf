import type { IncomingMessage } from "node:http";
import { type FastifyInstance, type FastifyRequest, type FastifyServerFactory, fastify } from "fastify";
import type { Deps } from "./deps.ts";
import { pageRoutes } from "./explain/page-route.ts";
import { parseJson, REVIEW_LIMIT } from "./http/body.ts";
import { HttpError, noRoute } from "./http/errors.ts";
import { refuseBytes } from "./http/https-server.ts";
import { sendError } from "./http/reply.ts";
import { EXPLAIN_ROUTE, explainRoute } from "./routes/explain.ts";
import { NAMESPACE_ROUTE, namespaceRoute } from "./routes/namespace.ts";
import { PROBE_ROUTE, probeRoute } from "./routes/probe.ts";
import { MUTATE_ROUTE, reviewRoutes, VALIDATE_ROUTES } from "./routes/review.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The time when the headers were read, from `performance.now()`. */
    started: number;
  }
}

const ROUTES = [...VALIDATE_ROUTES, NAMESPACE_ROUTE, PROBE_ROUTE, MUTATE_ROUTE];

/** The API server sends 8 header fields, and proxies add about 20. */
const MOST_HEADERS = 100;

/**
 * The routes of the webhook. Every outcome:
 *
 * | situation                                              | HTTP | body                             |
 * |--------------------------------------------------------|------|----------------------------------|
 * | a v1 review, whatever was decided                      | 200  | AdmissionReview                  |
 * | not a review, no uid, v1beta1, a type the API server cannot send | 400 | sentence                |
 * | not JSON, or nested deeper than 100                    | 400  | sentence                         |
 * | another path                                           | 404  | sentence that names the routes   |
 * | another method                                         | 405  | sentence, `Allow: POST`          |
 * | body above 19 MiB                                      | 413  | sentence, connection closed      |
 * | not application/json, or compressed                    | 415  | sentence, connection closed      |
 * | more than 100 header fields                            | 431  | sentence, connection closed      |
 * | more than 40 MiB of bodies in transfer                 | 503  | sentence, `Retry-After`, closed  |
 * | a bug of ours                                          | 500  | sentence; the log has the error  |
 *
 * The server does not refuse requests when the event loop is late. Requests wait in the TLS handshake or in the socket,
 * so the server does not know how old a request is. In `npm run overload`, refusing old requests did not increase the
 * number of requests that were answered in time.
 *
 * With a status other than 200, failurePolicy decides, so a bug in gracekeeper never becomes `allowed: false`.
 *
 * @param serverFactory Makes the HTTPS server, which the caller starts. Without a factory, the app accepts only
 * injected requests.
 */
export function buildApp(deps: Deps, serverFactory?: FastifyServerFactory): FastifyInstance {
  const { explainer } = deps;
  const app = fastify({
    logger: false,
    exposeHeadRoutes: false,
    // A draining server still answers reviews, because a plain 503 would make the admission fail.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => sendError(deps, { request, reply }, error),
    clientErrorHandler: (error, socket) => {
      const status = refuseBytes(error, socket);
      if (status !== undefined) deps.metrics.refused(status);
    },
    ...(serverFactory && { serverFactory }),
  });
  app.decorateRequest("started", 0);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", async (_request: FastifyRequest, stream: IncomingMessage) =>
    parseJson(await deps.receiver.receive(stream, REVIEW_LIMIT)),
  );
  const routes = [...ROUTES, ...(explainer === undefined ? [] : [EXPLAIN_ROUTE])];
  app.addHook("onRequest", (request, reply, done) => {
    request.started = performance.now();
    if (deps.draining()) reply.header("connection", "close");
    if (request.raw.rawHeaders.length > 2 * MOST_HEADERS) {
      throw new HttpError(431, `send at most ${MOST_HEADERS} header fields.`);
    }
    if (request.is404) throw noRoute(request.raw.url ?? "", request.method, routes);
    done();
  });
  app.setErrorHandler((error, request, reply) => sendError(deps, { request, reply }, error));
  reviewRoutes(app, deps);
  namespaceRoute(app, deps);
  probeRoute(app, deps);
  if (explainer !== undefined) {
    explainRoute(app, deps, explainer);
    pageRoutes(app);
  }
  return app;
}
