import type { IncomingMessage, ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";

/** A stored object of the fake API server. */
export interface Stored {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

interface Webhook {
  readonly name: string;
  readonly clientConfig: object;
}

interface Event {
  readonly path: string;
  readonly type: string;
  readonly object: Stored;
  readonly version: number;
}

const COLLECTION = /\/(secrets|[a-z]+webhookconfigurations)$/;

/**
 * Secrets and webhook configurations of a fake API server, with optimistic concurrency. A write with an old
 * resourceVersion gets a 409. A write without a change keeps the resourceVersion.
 */
export class ObjectStore {
  /** Successful writes through HTTP, oldest first. `object` is the state after the write. */
  readonly writes: { readonly method: string; readonly path: string; readonly object: Stored }[] = [];
  conflicts = 0;
  /** Called after each change. */
  changed: () => void = () => {};
  #objects = new Map<string, Stored>();
  #events: Event[] = [];
  #version = 1;
  #watches = new Map<ServerResponse, string>();

  get(path: string): Stored | undefined {
    return this.#objects.get(path);
  }

  /** Writes an object as a person with kubectl would, without a conflict. */
  put(path: string, object: object): void {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const before = this.#objects.get(path);
    const metadata = { ...(object as Stored).metadata, name, resourceVersion: String(++this.#version) };
    const stored = { ...object, metadata };
    this.#objects.set(path, stored);
    this.#announce({ path, type: before ? "MODIFIED" : "ADDED", object: stored, version: this.#version });
  }

  delete(path: string): void {
    const before = this.#objects.get(path);
    if (before === undefined) return;
    this.#objects.delete(path);
    const metadata = { ...before.metadata, resourceVersion: String(++this.#version) };
    this.#announce({ path, type: "DELETED", object: { ...before, metadata }, version: this.#version });
  }

  covers(path: string): boolean {
    return COLLECTION.test(path) || COLLECTION.test(path.slice(0, path.lastIndexOf("/")));
  }

  /** Removes the open watches whose path matches, and returns them. */
  takeWatches(failing: RegExp): ServerResponse[] {
    const found = [...this.#watches].filter(([, path]) => failing.test(`GET ${path}`)).map(([one]) => one);
    for (const response of found) this.#watches.delete(response);
    return found;
  }

  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method === "PATCH") return this.#patch(request, response, url.pathname);
    const name = /^metadata\.name=(.+)$/.exec(url.searchParams.get("fieldSelector") ?? "")?.[1];
    // RBAC with resourceNames only allows lists and watches of one object by name.
    if (name === undefined) return reply(response, 403, {});
    const path = `${url.pathname}/${name}`;
    if (url.searchParams.has("watch")) return this.#watch(response, path, url);
    const found = this.#objects.get(path);
    reply(response, 200, {
      metadata: { resourceVersion: String(this.#version) },
      items: found ? [found] : [],
    });
  }

  #watch(response: ServerResponse, path: string, url: URL): void {
    const from = Number(url.searchParams.get("resourceVersion"));
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    for (const event of this.#events)
      if (event.path === path && event.version > from) send(response, event.type, event.object);
    this.#watches.set(response, path);
    response.on("close", () => this.#watches.delete(response));
    const end = () => {
      if (!this.#watches.delete(response)) return;
      send(response, "BOOKMARK", { metadata: { resourceVersion: String(this.#version) } });
      response.end();
    };
    setTimeout(end, Number(url.searchParams.get("timeoutSeconds")) * 1000).unref();
  }

  async #patch(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const body = await bodyOf(request);
    const before = this.#objects.get(path);
    const applies = request.headers["content-type"] === "application/apply-patch+yaml";
    const { resourceVersion } = body.metadata;
    if (before === undefined) {
      if (!applies || resourceVersion !== undefined) return reply(response, 404, {});
      this.put(path, body);
      return this.#done(request, response, path, 201);
    }
    const guarded = !applies || resourceVersion !== undefined;
    if (guarded && resourceVersion !== before.metadata.resourceVersion) return this.#refuse(response);
    const after = applies ? apply(before, body) : merge(before, body);
    if (!isDeepStrictEqual(after, before)) this.put(path, after);
    this.#done(request, response, path, 200);
  }

  #refuse(response: ServerResponse): void {
    this.conflicts++;
    reply(response, 409, {});
  }

  #done(request: IncomingMessage, response: ServerResponse, path: string, status: number): void {
    const object = this.#objects.get(path) as Stored;
    this.writes.push({ method: request.method ?? "", path, object });
    reply(response, status, object);
  }

  #announce(event: Event): void {
    this.#events.push(event);
    this.changed();
    for (const [response, path] of this.#watches)
      if (path === event.path) send(response, event.type, event.object);
  }
}

/** Server-side apply of caBundle. Entries are merged by name, as the API's schema says. */
function apply(before: Stored, body: Stored): Stored {
  if (body["webhooks"] === undefined) return before;
  const given = new Map((body["webhooks"] as Webhook[]).map((one) => [one.name, one]));
  const webhooks = (before["webhooks"] as Webhook[]).map((one) => ({
    ...one,
    clientConfig: { ...one.clientConfig, ...given.get(one.name)?.clientConfig },
  }));
  return { ...before, webhooks };
}

/** Applies a merge patch to `data` of a Secret. */
function merge(before: Stored, body: Stored): Stored {
  const data = { ...(before["data"] as object), ...(body["data"] as object) };
  return { ...before, data: Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)) };
}

async function bodyOf(request: IncomingMessage): Promise<Stored> {
  let text = "";
  for await (const piece of request) text += piece;
  return JSON.parse(text) as Stored;
}

function send(response: ServerResponse, type: string, object: unknown): void {
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function reply(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
