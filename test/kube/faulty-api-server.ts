import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { type Access, findAccess } from "../../src/kube/access.ts";
import { ObjectStore } from "./object-store.ts";

/** The faults of the server. A fault affects every later request and the open watches. */
export type Fault =
  | "refuse" /* nothing listens */
  | "close" /* each connection is closed without an answer */
  | "drop" /* bodies break off in the middle of a line */
  | "stall" /* no answer at all, and open watches stay silent */
  | "stall-body" /* headers, then half a body or nothing */
  | "stall-watch" /* lists work, watches are silent */
  | "trickle" /* a byte a second */
  | "gone" /* HTTP 410 to watches and later pages */
  | "gone-event" /* ERROR event 410 */
  | "error-event" /* ERROR event 500 */
  | "garbage"
  | "long-line"
  | "no-metadata"
  | "ends-at-once" /* each watch ends properly right after its start */
  | { readonly status: number; readonly retryAfter?: number };

export interface Metadata {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Event {
  readonly type: string;
  readonly object: unknown;
  readonly version: number;
}

const KIB = 1024;

/** All fake servers of a process share this certificate, because generating keys takes time. */
const PAIR = makeCertificate();

/**
 * A fake API server on loopback that can produce many faults. The server has namespaces, the pods of one namespace, the
 * version, and the Secrets and webhook configurations for gracekeeper's own certificates.
 */
export class FaultyApiServer {
  /** The paths of all requests with their queries, oldest first. */
  readonly requests: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly namespaces = new Map<string, object>();
  /** Secrets and webhook configurations. */
  readonly objects = new ObjectStore();
  pods: unknown[] = [];
  version: unknown = { major: "1", minor: "37" };
  /** The delay of each page of pods, in milliseconds. */
  podDelay = 0;
  /** Whether requests for pods get a 403. Requests for other resources are allowed. */
  podsForbidden = false;
  /** How often a page after the first page is answered with 410. */
  goneWhilePaging = 0;
  #version = 1;
  #events: Event[] = [];
  #watches = new Set<ServerResponse>();
  #sockets = new Set<Duplex>();
  #fault: Fault | undefined;
  #failing = /^/;
  #server: Server | undefined;
  #port = 0;
  #folder: string | undefined;

  static async start(t: { teardown(end: () => unknown): void }): Promise<FaultyApiServer> {
    const server = new FaultyApiServer();
    await server.#listen();
    t.teardown(() => server.close());
    return server;
  }

  get lists(): number {
    return this.requests.filter((path) => /namespaces\?limit=\d+$/.test(path)).length;
  }

  get watches(): number {
    return this.requests.filter((path) => path.includes("watch=true")).length;
  }

  get port(): number {
    return this.#port;
  }

  /** The certificate of the server, which is also its CA certificate. */
  get certificate(): string {
    return PAIR.cert;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  async access(): Promise<Access> {
    this.#folder ??= await mkdtemp(join(tmpdir(), "gracekeeper-kube-"));
    const file = join(this.#folder, "kubeconfig");
    await writeFile(file, this.kubeconfig());
    const access = await findAccess(file);
    if (access === undefined) throw new Error("no access");
    return access;
  }

  kubeconfig(): string {
    return JSON.stringify({
      clusters: [
        {
          name: "c",
          cluster: {
            server: `https://127.0.0.1:${this.#port}`,
            "certificate-authority-data": Buffer.from(PAIR.cert).toString("base64"),
          },
        },
      ],
      users: [{ name: "u", user: { token: "secret" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace: "gracekeeper" } }],
      "current-context": "x",
    });
  }

  set(name: string, metadata: Metadata = {}): void {
    const type = this.namespaces.has(name) ? "MODIFIED" : "ADDED";
    const object = this.#object(name, metadata);
    this.namespaces.set(name, object);
    this.#announce(type, object);
  }

  /** Deletes a namespace. The event has the last state of the object and the resourceVersion of the deletion. */
  remove(name: string): void {
    const { metadata } = this.namespaces.get(name) as { metadata: Metadata };
    this.namespaces.delete(name);
    this.#announce("DELETED", this.#object(name, metadata));
  }

  /** Forgets all events. A watch from an earlier resourceVersion then gets a 410. */
  compact(): void {
    this.#events = [];
  }

  bookmark(): void {
    this.#announce("BOOKMARK", { kind: "Namespace", metadata: { resourceVersion: String(++this.#version) } });
  }

  /** @param which The requests that fail, by method and path. By default all fail. */
  async fail(fault: Fault, which = /^/): Promise<void> {
    this.#fault = fault;
    this.#failing = which;
    const watches = [...this.#watches, ...this.objects.takeWatches(which)];
    if (fault === "refuse") await this.#stopListening();
    else if (fault === "stall" || fault === "stall-body" || fault === "stall-watch") this.#watches.clear();
    else for (const watch of watches) this.#failWatch(watch, fault);
  }

  async heal(): Promise<void> {
    this.#fault = undefined;
    if (this.#server === undefined) await this.#listen();
  }

  async close(): Promise<void> {
    await this.#stopListening();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #listen(): Promise<void> {
    const server = createServer(PAIR, (request, response) => this.#answer(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => undefined);
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async #stopListening(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(server, "close");
  }

  #object(name: string, metadata: Metadata): object {
    return { metadata: { ...metadata, name, uid: `uid-${name}`, resourceVersion: String(++this.#version) } };
  }

  #announce(type: string, object: object): void {
    const event = { type, object, version: this.#version };
    if (type !== "BOOKMARK") this.#events.push(event);
    for (const watch of this.#watches) send(watch, event);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", "https://localhost");
    this.requests.push(url.pathname + url.search);
    this.headers.push(request.headers);
    const isWatch = url.searchParams.has("watch");
    const fault = this.#failing.test(`${request.method} ${url.pathname}`) ? this.#fault : undefined;
    if (fault !== undefined && this.#failAnswer(request, response, url, fault)) return;
    if (this.objects.covers(url.pathname)) void this.objects.answer(request, response, url);
    else if (url.pathname === "/version") sendJson(response, this.version);
    else if (url.pathname.endsWith("/pods")) setTimeout(() => this.#pods(response, url), this.podDelay);
    else if (isWatch) this.#watch(response, url);
    else this.#list(response, url);
  }

  /** Answers the request if the fault determines the answer. Returns whether the request was answered. */
  #failAnswer(request: IncomingMessage, response: ServerResponse, url: URL, fault: Fault): boolean {
    const isWatch = url.searchParams.has("watch");
    if (typeof fault === "object") {
      if (fault.retryAfter !== undefined) response.setHeader("retry-after", fault.retryAfter);
      response.writeHead(fault.status);
      response.end(JSON.stringify({ kind: "Status", code: fault.status }));
      return true;
    }
    if (fault === "close") request.socket.destroy();
    if (fault === "close" || fault === "stall") return true;
    if (isWatch) {
      if (fault === "gone") response.writeHead(410);
      else if (fault === "ends-at-once") this.#watch(response, url);
      else response.writeHead(200);
      response.flushHeaders();
      this.#failWatch(response, fault);
      return true;
    }
    return this.#failBody(response, url, fault);
  }

  #failBody(response: ServerResponse, url: URL, fault: Fault): boolean {
    switch (fault) {
      case "gone":
        if (!url.searchParams.has("continue")) return false;
        response.writeHead(410).end();
        return true;
      case "drop":
        response.write('{"metadata":{"resourceVersion":"1"},"items":[{"meta');
        setTimeout(() => response.destroy(), 20);
        return true;
      case "stall-body":
        response.write('{"metadata":');
        return true;
      case "trickle":
        trickle(response);
        return true;
      case "garbage":
        response.end("<html>502 Bad Gateway</html>");
        return true;
      case "long-line":
        flood(response);
        return true;
      case "no-metadata":
        sendJson(response, { items: [{}] });
        return true;
      default:
        return false;
    }
  }

  #failWatch(response: ServerResponse, fault: Fault): void {
    this.#watches.delete(response);
    switch (fault) {
      case "drop":
        response.write('{"type":"MODIFIED","obj');
        setTimeout(() => response.destroy(), 20);
        return;
      case "gone-event":
      case "error-event": {
        const code = fault === "gone-event" ? 410 : 500;
        send(response, { type: "ERROR", object: { kind: "Status", code }, version: 0 });
        response.end();
        return;
      }
      case "garbage":
        response.write("garbage\n");
        return;
      case "long-line":
        flood(response);
        return;
      case "no-metadata":
        send(response, { type: "ADDED", object: {}, version: 0 });
        return;
      case "trickle":
        trickle(response);
        return;
      case "stall-body":
      case "stall-watch":
        return;
      case "ends-at-once":
      case "gone":
        response.end();
        return;
      default:
        response.destroy();
    }
  }

  #list(response: ServerResponse, url: URL): void {
    const limit = Number(url.searchParams.get("limit"));
    const from = Number(url.searchParams.get("continue") ?? 0);
    if (from > 0 && this.goneWhilePaging-- > 0) {
      response.writeHead(410).end();
      return;
    }
    const all = [...this.namespaces.values()];
    const next = from + limit < all.length ? String(from + limit) : undefined;
    sendJson(response, {
      kind: "PartialObjectMetadataList",
      metadata: { resourceVersion: String(this.#version), ...(next !== undefined && { continue: next }) },
      items: all.slice(from, from + limit),
    });
  }

  #watch(response: ServerResponse, url: URL): void {
    const from = Number(url.searchParams.get("resourceVersion"));
    const known = this.#events.filter(({ version }) => version > from);
    const oldest = this.#events[0]?.version ?? this.#version + 1;
    if (from + 1 < oldest && from !== this.#version) {
      response.writeHead(410).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    for (const event of known) send(response, event);
    this.#watches.add(response);
    response.on("close", () => this.#watches.delete(response));
    const seconds = Number(url.searchParams.get("timeoutSeconds"));
    setTimeout(() => this.#watches.has(response) && this.#endWatch(response), seconds * 1000).unref();
  }

  #endWatch(response: ServerResponse): void {
    const object = { kind: "Namespace", metadata: { resourceVersion: String(this.#version) } };
    send(response, { type: "BOOKMARK", object, version: this.#version });
    response.end();
  }

  #pods(response: ServerResponse, url: URL): void {
    if (this.podsForbidden) {
      response.writeHead(403).end();
      return;
    }
    const limit = Number(url.searchParams.get("limit"));
    const from = Number(url.searchParams.get("continue") ?? 0);
    const next = from + limit < this.pods.length ? String(from + limit) : "";
    sendJson(response, { metadata: { continue: next }, items: this.pods.slice(from, from + limit) });
  }
}

function send(response: ServerResponse, { type, object }: Event): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function trickle(response: ServerResponse): void {
  const timer = setInterval(() => response.write(" "), 1000);
  response.on("close", () => clearInterval(timer));
}

/** Sends an endless body as fast as the client reads it. */
function flood(response: ServerResponse): void {
  const piece = Buffer.alloc(256 * KIB, "x");
  const more = () => {
    while (!response.destroyed && response.write(piece));
  };
  response.on("drain", more).on("error", () => undefined);
  more();
}
