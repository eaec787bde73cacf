import { request as httpRequest } from "node:http";
import { Agent, request } from "node:https";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import t, { type Test } from "tap";
import { REQUESTS_PER_CONNECTION, TIMINGS } from "../../src/server/http/https-server.ts";
import { logDistrust } from "../../src/server/tls/handshake-errors.ts";
import { createClient } from "../../tools/demo/client.ts";
import { breaches, testLog, testServer } from "../helper.ts";
import { podOf, reviewOf, shellHook } from "../reviews.ts";
import "../patience.ts";

/** Tests effects that only a real socket shows. After each attack the server must still answer. */

const UID = "5f0c8d6e-6f0a-4c2a-9d7b-2f6a3c1e9b10";
const GOOD = JSON.stringify(reviewOf(podOf({ containers: [shellHook("sleep 5")] })));
const MEBIBYTE = 1024 * 1024;
const HURRY = {
  ...TIMINGS,
  handshake: 1500,
  headers: 800,
  request: 1000,
  look: 50,
  keepAlive: 400,
  stuck: 3000,
};

type Server = Awaited<ReturnType<typeof testServer>>;

function open(server: Server, options: ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      port: server.port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: server.pair.cert,
      ...options,
    });
    socket.once("secureConnect", () => resolve(socket.on("error", () => {})));
    socket.once("error", reject);
  });
}

/** All bytes that the client receives until the server closes the connection. */
async function untilClosed(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (piece: Buffer) => {
    text += piece.toString("latin1");
  });
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

function head(fields: string, path = "/validate/enforce"): string {
  return `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${fields}\r\n\r\n`;
}

const whole = (body: string, fields = ""): string =>
  `${head(`Content-Length: ${Buffer.byteLength(body)}${fields}`)}${body}`;

async function stillAnswers(t: Test, server: Server): Promise<void> {
  const client = createClient(server.port, server.pair.cert);
  const { status, body } = await client.post("/validate/enforce", "application/json", GOOD);
  client.close();
  t.same(breaches({ statusCode: status, body }, UID, false), [], "the next good request is answered");
}

/** A valid review of exactly this many bytes. */
function padded(bytes: number): string {
  const rest = bytes - Buffer.byteLength(GOOD);
  return GOOD.replace('"dryRun"', `"x":"${"p".repeat(rest - 7)}","dryRun"`).slice(0, bytes);
}

t.test("19 MiB are accepted and one byte more is refused, with Content-Length or in chunks", async (t) => {
  const server = await testServer(t);
  const client = createClient(server.port, server.pair.cert);
  t.teardown(() => client.close());
  for (const [bytes, status] of [
    [19 * MEBIBYTE - 1, 200],
    [19 * MEBIBYTE, 200],
    [19 * MEBIBYTE + 1, 413],
  ] as const) {
    const body = padded(bytes);
    t.equal(body.length, bytes);
    t.equal(
      (await client.post("/validate/enforce", "application/json", body)).status,
      status,
      `${bytes} bytes`,
    );
  }
  const socket = await open(server);
  socket.write(head("Transfer-Encoding: chunked"));
  const piece = "p".repeat(64 * 1024);
  const pump = setInterval(() => socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`), 1);
  t.match(await untilClosed(socket), /^HTTP\/1.1 413 /, "chunks without end");
  clearInterval(pump);
  await stillAnswers(t, server);
});

t.test("a wrong Content-Length ends in 408 or 400", async (t) => {
  const server = await testServer(t, { timings: HURRY });
  const longer = await open(server);
  longer.write(head(`Content-Length: ${GOOD.length + 10}`) + GOOD);
  t.match(await untilClosed(longer), /^HTTP\/1.1 408 /, "too few bytes: given up after a while");
  const shorter = await open(server);
  shorter.write(head(`Content-Length: ${GOOD.length - 10}`) + GOOD);
  t.match(await untilClosed(shorter), /^HTTP\/1.1 400 /, "too many: cut");
  await stillAnswers(t, server);
});

t.test("attacks in headers are refused, and the connection is closed", async (t) => {
  const server = await testServer(t);
  const rows: [title: string, bytes: string, status: RegExp][] = [
    ["a header of 64 KiB", whole(GOOD, `\r\nX: ${"x".repeat(64 * 1024)}`), /^HTTP\/1.1 431 /],
    ["a URL of 100 KiB", head("", `/${"x".repeat(100 * 1024)}`), /^HTTP\/1.1 431 /],
    [
      "200 headers",
      whole(GOOD, Array.from({ length: 200 }, (_, i) => `\r\nX-${i}: 1`).join("")),
      /^HTTP\/1.1 431 /,
    ],
    ["both lengths", whole(GOOD, "\r\nTransfer-Encoding: chunked"), /^HTTP\/1.1 400 /],
    ["two lengths", whole(GOOD, "\r\nContent-Length: 3"), /^HTTP\/1.1 400 /],
    ["a folded header", `POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n b: c\r\n: d\r\n\r\n`, /^HTTP\/1.1 400 /],
    ["no host", "POST /mutate HTTP/1.1\r\n\r\n", /^HTTP\/1.1 400 /],
    ["a NUL in the path", "POST /mut\u0000ate HTTP/1.1\r\nHost: a\r\n\r\n", /^HTTP\/1.1 400 /],
    ["an HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^HTTP\/1.1 400 /],
    ["no HTTP", "hello\r\n\r\n", /^HTTP\/1.1 400 /],
  ];
  for (const [title, bytes, status] of rows) {
    const socket = await open(server);
    socket.write(bytes);
    t.match(await untilClosed(socket), status, title);
  }
  const tunnel = await open(server);
  tunnel.write("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
  t.equal(await untilClosed(tunnel), "", "CONNECT gets nothing");
  await stillAnswers(t, server);
});

t.test("connections of slow or silent callers are closed, and do not disturb others", async (t) => {
  const server = await testServer(t, { timings: HURRY });
  const raw = connect(server.port, "127.0.0.1");
  const noHandshake = untilClosed(raw.on("error", () => {}));
  const idle = await open(server);
  idle.write(whole(GOOD));
  const [headers, body] = [await open(server), await open(server)];
  const silent = await Promise.all(Array.from({ length: 50 }, () => open(server)));
  headers.write("POST /mutate HTTP/1.1\r\nHost: a\r\n");
  body.write(head(`Content-Length: ${GOOD.length}`));
  const drip = setInterval(() => {
    if (headers.writable) headers.write("X: 1\r\n");
    if (body.writable) body.write("{");
  }, 50);
  await stillAnswers(t, server);
  t.match(await untilClosed(headers), /^HTTP\/1.1 408 /, "slow headers");
  t.match(await untilClosed(body), /^HTTP\/1.1 408 /, "a slow body");
  clearInterval(drip);
  t.match(await untilClosed(idle), /^HTTP\/1.1 200 /, "an idle connection, once its time is over");
  t.equal(await noHandshake, "", "a handshake that never ends");
  for (const got of await Promise.all(silent.map(untilClosed))) t.equal(got, "", "not a byte, not an answer");
  await stillAnswers(t, server);
});

t.test(
  "a connection that was opened in advance is kept, and its time limits begin with its first byte",
  async (t) => {
    const server = await testServer(t, { timings: HURRY });
    const [used, slow] = [await open(server), await open(server)];
    const early = await open(server);
    early.write("POST");
    // `early` is the youngest connection. When its time limit is over, `used` and `slow` have been open for longer, but
    // have sent no byte.
    t.match(await untilClosed(early), /^HTTP\/1.1 408 /);
    used.write(whole(GOOD));
    slow.write("POST /mutate HTTP/1.1\r\n");
    t.match(await untilClosed(used), /^HTTP\/1.1 200 /);
    t.match(await untilClosed(slow), /^HTTP\/1.1 408 /);
  },
);

t.test("time limits suit an API server that keeps idle connections for 90 s", (t) => {
  t.ok(TIMINGS.keepAlive > 90_000);
  t.ok(TIMINGS.stuck > TIMINGS.keepAlive);
  t.ok(TIMINGS.request >= TIMINGS.headers);
  for (const wait of [TIMINGS.handshake, TIMINGS.headers + TIMINGS.look, TIMINGS.request + TIMINGS.look]) {
    t.ok(wait < 15_000, "closed within 15 s");
  }
  t.end();
});

t.test("pipelined requests are answered in order", async (t) => {
  const server = await testServer(t);
  const socket = await open(server);
  socket.write(whole(GOOD).repeat(3) + whole("{}", "\r\nConnection: close"));
  const text = await untilClosed(socket);
  t.same(
    [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status),
    ["200", "200", "200", "400"],
  );
});

t.test("a connection ends after its maximum of requests, and no request is lost", async (t) => {
  const server = await testServer(t);
  const counts: number[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ca: server.pair.cert });
  t.teardown(() => agent.destroy());
  const used = new Map<Socket, number>();
  const statuses = new Map<number, number>();
  const call = () =>
    new Promise<void>((resolve, reject) => {
      const options = { agent, host: "localhost", port: server.port, path: "/mutate", method: "POST" };
      const headers = { "content-type": "application/json" };
      const sent = request({ ...options, headers }, (response) => {
        const { socket, statusCode = 0 } = response;
        const count = (used.get(socket) ?? 0) + 1;
        used.set(socket, count);
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
        if (response.headers.connection === "close") counts.push(count);
        response.resume().on("end", resolve);
      });
      sent.on("error", reject).end(GOOD);
    });
  const requests = 8 * REQUESTS_PER_CONNECTION;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let i = 0; i < requests / 8; i++) await call();
    }),
  );
  t.same([...statuses], [[200, requests]]);
  t.ok(counts.length >= 4, `${counts.length} connections were closed`);
  t.ok(counts.every((count) => count === REQUESTS_PER_CONNECTION));
});

t.test("requests pipelined after the last request are not decided, so they can be sent again", async (t) => {
  const server = await testServer(t);
  const socket = await open(server);
  let text = "";
  socket.on("data", (piece: Buffer) => {
    text += piece.toString("latin1");
  });
  const heads = () => [...text.matchAll(/HTTP\/1.1 (\d+) [\s\S]*?\r\n\r\n/g)];
  const together = REQUESTS_PER_CONNECTION / 4;
  for (const count of [together, together, together, together + 2]) {
    const wanted = heads().length + count;
    socket.write(whole(GOOD).repeat(count));
    while (heads().length < wanted && !socket.closed) await sleep(1);
  }
  const all = heads();
  socket.destroy();
  const decided = all.filter(([, status]) => status === "200");
  t.equal(decided.length, REQUESTS_PER_CONNECTION);
  t.equal(all[REQUESTS_PER_CONNECTION - 1], decided.at(-1), "they came first");
  t.match(decided.at(-1)?.[0], /connection: close/i);
  const decisions = server.lines().filter(({ event }) => event === "decision");
  t.equal(decisions.length, REQUESTS_PER_CONNECTION);
});

t.test("clients that disconnect early leave nothing behind", async (t) => {
  const server = await testServer(t);
  for (let i = 0; i < 100; i++) {
    const socket = await open(server);
    if (i % 3 === 0) socket.end(head("Content-Length: 5000") + GOOD.slice(0, 100));
    else if (i % 3 === 1)
      socket.write(head("Content-Length: 5000") + GOOD.slice(0, 100), () => socket.destroy());
    else socket.write(whole(GOOD), () => socket.destroy());
  }
  await stillAnswers(t, server);
  const inFlight = async () => /requests_in_flight (\d+)/.exec((await health(server, "/metrics")).body)?.[1];
  for (let wait = 0; wait < 100 && (await inFlight()) !== "0"; wait++) await sleep(20);
  t.equal(await inFlight(), "0");
  t.equal(server.lines().filter(({ event }) => event === "internal-error").length, 0);
});

t.test("TLS 1.2 and 1.3 with HTTP/1.1, and nothing else", async (t) => {
  const server = await testServer(t);
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const socket = await open(server, {
      minVersion: version,
      maxVersion: version,
      ALPNProtocols: ["h2", "http/1.1"],
    });
    t.equal(socket.getProtocol(), version);
    t.equal(socket.alpnProtocol, "http/1.1");
    socket.destroy();
  }
  await t.rejects(
    open(server, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
    "TLS 1.1",
  );
  await t.rejects(
    open(server, { maxVersion: "TLSv1.2", ciphers: "NULL-SHA256:RC4-SHA:@SECLEVEL=0" }),
    "weak ciphers",
  );
  await t.rejects(open(server, { ALPNProtocols: ["h2"] }), "HTTP/2 only");
  const plain = connect(server.port, "127.0.0.1").on("error", () => {});
  plain.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  t.notMatch(await untilClosed(plain), "HTTP/1.1 200", "plain HTTP");
  await stillAnswers(t, server);
});

t.test("callers that do not trust the certificate are reported once", (t) => {
  const { logger, lines } = testLog();
  const report = logDistrust(logger, () => undefined);
  // Error codes of OpenSSL 3.0 and 3.5 for the TLS alerts that Go and curl send.
  for (const code of [
    "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE",
    "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
  ]) {
    report(Object.assign(new Error(), { code }));
  }
  t.match(lines(), [{ event: "certificate-not-trusted", reason: /caBundle/ }]);
  const other = testLog();
  const expired = "the certificate expired on 2026-01-01T00:00:00.000Z. Renew it.";
  const late = logDistrust(other.logger, () => expired);
  late(Object.assign(new Error(), { code: "ECONNRESET" }));
  t.same(other.lines(), [], "a probe is not");
  late(Object.assign(new Error(), { code: "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE" }));
  t.match(other.lines(), [{ event: "certificate-not-trusted", reason: expired }], "the dates are the cause");
  t.end();
});

t.test("health has a separate port", async (t) => {
  const server = await testServer(t);
  t.match(await health(server, "/livez"), { status: 200, body: "ok\n" });
  t.match(await health(server, "/readyz?verbose"), { status: 200, body: "ok\n" });
  t.match(await health(server, "/metrics"), {
    status: 200,
    body: /gracekeeper_certificate_not_after_timestamp_seconds \d{10}/,
  });
  t.match(await health(server, "/mutate"), { status: 404, body: /GET \/livez/ });
  server.drain();
  t.match(await health(server, "/readyz"), { status: 503, body: /shutting down/ });
  t.match(await health(server, "/readyz?exclude=shutdown"), { status: 200, body: "ok\n" });
  t.match(await health(server, "/livez"), { status: 200 });
});

function health(server: Server, path: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port: server.healthPort, host: "127.0.0.1", path }, async (response) => {
      resolve({ status: response.statusCode, body: (await response.toArray()).join("") });
    });
    sent.on("error", reject).end();
  });
}
