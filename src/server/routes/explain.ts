import type { IncomingMessage } from "node:http";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../app.ts";
import type { Explainer } from "../explain/pool.ts";
import { refuse, wantsJson } from "../http/errors.ts";

/** Manifests that people write have a few KiB; parsing costs up to seconds a MiB. */
const MANIFEST_LIMIT = 64 * 1024;

/**
 * POST /explain: a manifest of any Content-Type (curl calls every body a form), its explanation as text or, where the
 * Accept header says so, as JSON.
 *
 * | situation                                             | HTTP | body                                |
 * |-------------------------------------------------------|------|-------------------------------------|
 * | a manifest                                            | 200  | its explanation                     |
 * | not readable, a wrong type, above 1 s or 64 MiB of heap | 400 | sentence                           |
 * | above 64 KiB                                          | 413  | sentence, connection closed         |
 * | five are waiting                                      | 503  | sentence, `Retry-After`, closed     |
 */
export function explainRoute(app: FastifyInstance, parts: Parts, explainer: Explainer): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request: unknown, stream: IncomingMessage) =>
      parts.receiver.receive(stream, MANIFEST_LIMIT),
    );
    scope.post("/explain", async (request, reply) => {
      const format = wantsJson(request) ? "json" : "text";
      const manifest = (request.body ?? new Uint8Array()) as Uint8Array;
      try {
        const body = await explainer.explain(manifest, format, parts.inForce.configuration);
        reply
          .header("content-type", format === "json" ? "application/json" : "text/plain; charset=utf-8")
          .send(body);
      } catch (error) {
        refuse(parts, error, request, reply);
      }
      return reply;
    });
  });
}
