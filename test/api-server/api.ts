import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";

/** An answer of the API server. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object; the checks say what they expect of it
  readonly body: any;
  /** The texts of the Warning headers, in order. */
  readonly warnings: readonly string[];
}

/** The credentials: a client certificate, or a token. */
export interface Credentials {
  readonly server: string;
  readonly caPem: string;
  readonly certPem?: string;
  readonly keyPem?: string;
  readonly token?: string;
}

export interface Call {
  readonly body?: unknown;
  readonly contentType?: string;
  /** Impersonates a user, such as a controller. */
  readonly as?: { readonly user: string; readonly groups: readonly string[] };
}

/** A client that returns what client libraries hide: the status, and every warning unchanged. */
export class Api {
  /** The number of requests so far, of every kind. */
  requests = 0;
  readonly #credentials: Credentials;
  readonly #agent: Agent;

  constructor(credentials: Credentials) {
    const { caPem: ca, certPem: cert, keyPem: key } = credentials;
    this.#credentials = credentials;
    const certificate = cert !== undefined && key !== undefined ? { cert, key } : {};
    this.#agent = new Agent({ ca, ...certificate, keepAlive: true, maxSockets: 16 });
  }

  get(path: string): Promise<Answer> {
    return this.send("GET", path);
  }

  post(path: string, body: unknown, call: Call = {}): Promise<Answer> {
    return this.send("POST", path, { ...call, body });
  }

  makeNamespace(metadata: object): Promise<Answer> {
    return this.post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata });
  }

  patch(path: string, body: unknown, contentType = "application/merge-patch+json"): Promise<Answer> {
    return this.send("PATCH", path, { body, contentType });
  }

  delete(path: string, body?: unknown): Promise<Answer> {
    return this.send("DELETE", path, { body });
  }

  /** The body of a plain text answer, for example of /metrics. */
  async text(path: string): Promise<string> {
    return (await this.#exchange("GET", path, {})).text;
  }

  async send(method: string, path: string, call: Call = {}): Promise<Answer> {
    const { status, headers, text } = await this.#exchange(method, path, call);
    return { status, body: parsed(text), warnings: warningsOf(headers) };
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(
    method: string,
    path: string,
    { body, contentType = "application/json", as }: Call,
  ): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
    this.requests++;
    const payload = body === undefined ? undefined : JSON.stringify(body);
    const { server, token } = this.#credentials;
    return new Promise((resolve, reject) => {
      const sent = request(
        server + path,
        {
          method,
          agent: this.#agent,
          headers: {
            accept: "application/json",
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
            ...(payload !== undefined && {
              "content-type": contentType,
              // Node omits Content-Length in a DELETE. Without Content-Length the API server would read the body as the
              // next request.
              "content-length": Buffer.byteLength(payload),
            }),
            ...(as && { "impersonate-user": as.user, "impersonate-group": [...as.groups] }),
          },
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("error", reject);
          answer.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
          });
        },
      );
      sent.on("error", reject);
      sent.end(payload);
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * Parses `299 - "text", 299 - "text"`: Node joins Warning headers with commas. Quotes and backslashes in a warning are
 * escaped.
 */
function warningsOf(headers: IncomingHttpHeaders): readonly string[] {
  const value = headers["warning"];
  if (value === undefined) return [];
  return [...value.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
    (text ?? "").replace(/\\(.)/g, "$1"),
  );
}
