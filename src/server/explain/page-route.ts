import { readdirSync, readFileSync } from "node:fs";
import type { FastifyInstance } from "fastify";

/** The folder with the files of the web page. The files are read once at the start. */
const FOLDER = new URL("./page/", import.meta.url);

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

const HEADERS: Readonly<Record<string, string>> = {
  // The Content-Security-Policy allows only files of this server, and data URLs for pictures. With Trusted Types, the
  // browser does not read strings as HTML.
  "content-security-policy": [
    "default-src 'none'",
    ...["script-src 'self'", "style-src 'self'", "img-src data:", "connect-src 'self'"],
    ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
    ...["require-trusted-types-for 'script'", "trusted-types 'none'"],
  ].join("; "),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-cache",
};

/** GET / and the files of the web page, which sends a pasted manifest to /explain. */
export function pageRoutes(app: FastifyInstance): void {
  for (const name of readdirSync(FOLDER)) {
    const type = CONTENT_TYPES[name.slice(name.lastIndexOf("."))];
    if (type === undefined) continue;
    const body = readFileSync(new URL(name, FOLDER));
    const path = name === "index.html" ? "/" : `/page/${name}`;
    app.get(path, async (_request, reply) => reply.headers(HEADERS).header("content-type", type).send(body));
  }
}
