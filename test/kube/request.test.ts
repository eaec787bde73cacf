import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import t, { type Test } from "tap";
import type { Access } from "../../src/kube/access.ts";
import { asFault } from "../../src/kube/api-fault.ts";
import { pauseAfter } from "../../src/kube/pause.ts";
import { type Call, json, lines, request } from "../../src/kube/request.ts";
import { TIMINGS } from "../../src/kube/timings.ts";
import { until } from "./helper.ts";
import "../patience.ts";

async function served(
  t: Test,
  listener: RequestListener,
): Promise<{ readonly access: Access; readonly server: Server }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const target = async () => ({ server: `http://127.0.0.1:${port}/path`, options: { agent: false } });
  return { access: { target, refused: () => undefined, namespace: undefined }, server };
}

function call(values: Partial<Call> = {}): Call {
  const { signal } = new AbortController();
  const times = { silence: 5000, limit: 5000 };
  return { path: "/x", accept: "application/json", what: "read it", ...times, signal, ...values };
}

/** The message of the error with which the promise rejects; empty if it resolves. */
function fault(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "",
    (error: Error) => error.message,
  );
}

/** A time limit that no test reaches. A request that fails has therefore exceeded another limit. */
const HOUR = 3_600_000;

const SILENT =
  "Cannot read it: the API server does not answer. Check that the network policy allows the port of the API server.";

t.test("a request fails if the server is silent before its headers or within the body", async (t) => {
  const { access } = await served(t, ({ url }, response) => {
    if (url === "/path/body") response.write("{");
  });
  for (const path of ["/headers", "/body"]) {
    const silent = call({ path, silence: 200, limit: HOUR });
    t.equal(await fault(request(access, silent, (body) => json(body, 10))), SILENT, path);
  }
});

t.test("a watch body may be silent up to its limit", async (t) => {
  const { access } = await served(t, ({ url }, response) => {
    response.flushHeaders();
    if (url === "/path/late") setTimeout(() => response.end("{}"), 400);
  });
  const quiet = call({ path: "/late", silence: 100, limit: HOUR, quietBody: true });
  t.same(
    await request(access, quiet, (body) => json(body, 10)),
    { value: {}, bytes: 2 },
    "its silence ends nothing",
  );
  const limited = call({ path: "/never", silence: HOUR, limit: 400, quietBody: true });
  t.equal(await fault(request(access, limited, (body) => json(body, 10))), SILENT, "the limit does");
});

t.test("an error answer with an endless body leaves no open connection", async (t) => {
  const { access, server } = await served(t, (_, response) => response.writeHead(500).write("x"));
  const message = await fault(request(access, call(), (body) => json(body, 10)));
  t.equal(message, "Cannot read it: the API server answered HTTP 500.");
  let open = 1;
  await until(() => {
    server.getConnections((_, count) => {
      open = count;
    });
    return open === 0;
  }, 2000);
  t.equal(open, 0);
});

t.test("lines are joined from pieces, and their length is bounded", async (t) => {
  async function* pieces(...texts: readonly (string | Buffer)[]) {
    for (const text of texts) yield Buffer.from(text);
  }
  async function read(body: AsyncIterable<Buffer>): Promise<string[]> {
    const all: string[] = [];
    for await (const line of lines(body, 8)) all.push(line);
    return all;
  }
  const umlaut = Buffer.from("ü");
  const split = pieces('{"a', '":1}\n\nb', umlaut.subarray(0, 1), umlaut.subarray(1), "\n");
  t.same(await read(split), ['{"a":1}', "", "bü"]);
  t.same(await read(pieces()), []);
  t.match(await fault(read(pieces("a\n12345678", "9"))), "a line that is too long");
  t.match(await fault(read(pieces("a\nb"))), "in the middle of a line");
});

t.test("the pause doubles up to a limit, and is randomly shortened by up to a half", async (t) => {
  const pauses = (chance: number) => [0, 1, 2, 3, 4, 5, 60].map((n) => pauseAfter(n, TIMINGS, chance) / 1000);
  t.same(pauses(0), [0, 1, 2, 4, 8, 8, 8]);
  t.same(pauses(1), [0, 0.5, 1, 2, 4, 4, 4]);
});

t.test("every thrown value becomes one printable sentence", async (t) => {
  const odd = [undefined, "text", new Error("two\nlines\u0000 of\tit"), new Error("x".repeat(5000))];
  for (const error of odd) t.match(asFault(error, "read it").message, /^Cannot read it: [ -~]{1,200}\.$/);
  const missing = Object.assign(new Error("no"), { code: "ENOENT", path: "/ca.crt" });
  t.equal(asFault(missing, "read it").message, "Cannot read it: /ca.crt cannot be used (ENOENT).");
});
