import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Parameters, readEnding } from "../../explain/read-ending.ts";
import type { Deps } from "../deps.ts";
import type { ExplainFormat } from "../explain/explain-worker.ts";
import type { Explainer } from "../explain/pool.ts";
import { sendError } from "../http/reply.ts";

export const EXPLAIN_ROUTE = "/explain";

/** The size limit of a manifest. Most manifests have a few KiB, and parsing can take seconds for each MiB. */
const MANIFEST_LIMIT = 64 * 1024;

/**
 * POST /explain: explains a manifest. The route accepts every Content-Type, because curl declares a body as a form. The
 * Accept header chooses text, JSON, SVG, or a diff that fixes the manifest. The query parameters say how the pods are
 * stopped: `?on=spot&notice=30`.
 *
 * | situation                                             | HTTP | body                                |
 * |-------------------------------------------------------|------|-------------------------------------|
 * | a manifest                                            | 200  | for each document, its explanation or an error |
 * | no document can be explained, above 1 s or 64 MiB of heap | 400 | sentence                         |
 * | a query with an invalid parameter                     | 400  | sentence that names the values      |
 * | above 64 KiB                                          | 413  | sentence, connection closed         |
 * | five explanations pending                             | 503  | sentence, `Retry-After`, closed     |
 * | a bug of ours                                         | 500  | sentence; the log has the error     |
 */
export function explainRoute(app: FastifyInstance, deps: Deps, explainer: Explainer): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request: unknown, stream: IncomingMessage) =>
      deps.receiver.receive(stream, MANIFEST_LIMIT),
    );
    scope.post(EXPLAIN_ROUTE, async (request, reply) => {
      const format = formatFor(request);
      const manifest = (request.body ?? new Uint8Array()) as Uint8Array;
      try {
        const ending = readEnding(request.query as Parameters);
        const { configuration } = deps.currentConfig;
        const body = await explainer.explain({ manifest, format, ending, configuration });
        reply.headers(HARMLESS).header("content-type", CONTENT_TYPES[format]).send(body);
      } catch (error) {
        sendError(deps, { request, reply }, error);
      }
      return reply;
    });
  });
}

/**
 * Another site can make a browser post a form to this route and show the response. So the response may use styles, but
 * must not run scripts or load files.
 */
const HARMLESS: Readonly<Record<string, string>> = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
  "x-content-type-options": "nosniff",
};

const CONTENT_TYPES: Readonly<Record<ExplainFormat, string>> = {
  json: "application/json",
  svg: "image/svg+xml",
  page: "application/vnd.gracekeeper.page+json",
  diff: "text/x-diff; charset=utf-8",
  text: "text/plain; charset=utf-8",
};

/** The format that the Accept header asks for. curl accepts every type and gets text. */
function formatFor({ headers }: FastifyRequest): ExplainFormat {
  const named = Object.entries(CONTENT_TYPES).find(([, type]) =>
    headers.accept?.includes(type.replace(/;.*/, "")),
  );
  return (named?.[0] ?? "text") as ExplainFormat;
}
