import { renameSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, connect } from "node:tls";
import t, { type Test } from "tap";
import type { Authority } from "../../src/certs/certificate.ts";
import { signLeaf } from "../../src/certs/sign.ts";
import { readClientCa } from "../../src/server/tls/client-ca.ts";
import { CertificateError } from "../../src/server/tls/key-pair.ts";
import { type ClientPair, clientPair, FOR_SERVERS, makeAuthority } from "../client-pair.ts";
import { testServer } from "../helper.ts";
import { podOf, reviewOf } from "../reviews.ts";
import "../patience.ts";

const POLL = 20;
const HOUR = 3_600_000;
const BODY = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web" }] })));
const NAME = "kube-apiserver";

/** A server that accepts only clients with a certificate of this CA and, if `name` is set, with this common name. */
async function guarded(t: Test, ca: Authority, name: string | undefined) {
  const file = join(t.testdir({}), "client-ca.crt");
  const write = (text: string): void => {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  };
  write(ca.pem);
  const callers = { ca: await readClientCa(file), file, name };
  const server = await testServer(t, { callers, pollMilliseconds: POLL });
  const health = (path: string) => fetch(`http://127.0.0.1:${server.healthPort}${path}`);
  const refused = async () => {
    const series = (await (await health("/metrics")).text()).matchAll(
      /^gracekeeper_refused_callers_total\{reason="(\w+)"\} (\d+)$/gm,
    );
    return Object.fromEntries([...series].map(([, reason, count]) => [reason, Number(count)]));
  };
  const events = (event: string) => server.lines().filter((line) => line["event"] === event);
  return { server, file, write, health, refused, events };
}

/** Posts a review. Returns the HTTP status or the error code. */
function call(port: number, options: ConnectionOptions, agent?: Agent): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(
      {
        port,
        host: "127.0.0.1",
        path: "/mutate",
        method: "POST",
        headers: { "content-type": "application/json" },
        agent: agent ?? new Agent(),
        rejectUnauthorized: false,
        ...options,
      },
      (response) => response.resume().on("end", () => resolve(response.statusCode ?? 0)),
    );
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message)).end(BODY);
  });
}

t.test("a caller without an accepted certificate is refused before its request is read", async (t) => {
  const [ca, other] = [await makeAuthority(Date.now()), await makeAuthority(Date.now())];
  const { server, health, refused, events } = await guarded(t, ca, NAME);
  t.same(await refused(), { none: 0, untrusted: 0, name: 0 }, "each series begins at 0");
  const right = await clientPair(ca, `CN=${NAME}`);
  const ended = { notAfter: new Date(Date.now() - HOUR) };
  const rows: [title: string, pair: Partial<ClientPair>, reason: string][] = [
    ["none", {}, "none"],
    ["by another CA", await clientPair(other, `CN=${NAME}`), "untrusted"],
    ["one that has ended", await clientPair(ca, `CN=${NAME}`, ended), "untrusted"],
    ["one for servers", await clientPair(ca, `CN=${NAME}`, { usage: FOR_SERVERS }), "untrusted"],
    ["a serving certificate by the right CA", await signLeaf(ca, [NAME], Date.now()), "untrusted"],
    ["for another name", await clientPair(ca, "CN=kubelet"), "name"],
    ["with a name too much", await clientPair(ca, `CN=${NAME}, CN=${NAME}`), "name"],
    ["with the name elsewhere", await clientPair(ca, `O=${NAME}`), "name"],
    ["of nobody", await clientPair(ca, ""), "name"],
  ];
  let requests = 0;
  t.equal(await call(server.port, right), 200, "the right one is answered");
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    for (const [title, pair, reason] of rows) {
      const before = await refused();
      const outcome = await call(server.port, { ...pair, maxVersion });
      t.type(outcome, "string", `${maxVersion}, ${title}: ${outcome}`);
      while ((await refused())[reason] === before[reason]) await sleep(5);
      requests++;
    }
  }
  const counted = await refused();
  t.equal(counted["none"] + counted["untrusted"] + counted["name"], requests, "each is counted once");
  t.equal(events("decision").length, 1, "and none is decided");
  t.equal(events("request-refused").length, 0, "nor read");
  t.match(
    events("caller-refused"),
    [
      {
        level: "warn",
        reason: /presents no client certificate, which --client-ca requires\./,
        from: "127.0.0.1",
      },
      {
        reason: /fails the check with the CAs of --client-ca \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)\.$/,
      },
      {
        reason: 'a caller presented a certificate of "kubelet", but --client-name is "kube-apiserver".',
        from: "127.0.0.1",
      },
    ],
    "each reason is said once a minute",
  );
  t.equal((await health("/readyz")).status, 200, "probes need none");
  t.equal((await health("/livez")).status, 200);
  t.equal(await call(server.port, right), 200);
});

t.test(
  "without a name every certificate of the CA is accepted; without a CA no certificate is requested",
  async (t) => {
    const ca = await makeAuthority(Date.now());
    const { server } = await guarded(t, ca, undefined);
    t.equal(await call(server.port, await clientPair(ca, "CN=kubelet")), 200);
    t.type(await call(server.port, {}), "string");
    const open = await testServer(t);
    t.equal(await call(open.port, {}), 200);
    const asked = await new Promise((resolve) => {
      const socket = connect({ port: open.port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
        resolve(open.lines().length);
        socket.destroy();
      });
    });
    t.equal(asked, 1, "the decision, and nothing else");
  },
);

t.test("a changed CA file is loaded: first both CAs, then only the new CA", async (t) => {
  const [old, next] = [await makeAuthority(Date.now()), await makeAuthority(Date.now())];
  const { server, write, events, refused } = await guarded(t, old, NAME);
  const [before, after] = [await clientPair(old, `CN=${NAME}`), await clientPair(next, `CN=${NAME}`)];
  const kept = new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 100 });
  t.teardown(() => kept.destroy());
  const changes = async (count: number) => {
    while (events("client-ca-changed").length < count) await sleep(POLL);
  };
  t.equal(await call(server.port, before, kept), 200);
  t.type(await call(server.port, after), "string");
  write(old.pem + next.pem);
  await changes(1);
  t.equal(await call(server.port, after), 200);
  t.equal(await call(server.port, before), 200);
  write(next.pem);
  await changes(2);
  t.equal(await call(server.port, before, kept), 200, "an open connection stays");
  t.type(await call(server.port, before), "string", "a new one is refused");
  kept.destroy();
  const { untrusted = 0 } = await refused();
  const again = new Agent({ maxCachedSessions: 100 });
  t.teardown(() => again.destroy());
  t.type(await call(server.port, before, again), "string");
  t.type(await call(server.port, before, again), "string", "also with what it remembers of a session");
  t.equal((await refused())["untrusted"], untrusted + 2);
  t.equal(await call(server.port, after), 200);
});

t.test("TLS sessions are not resumed, because they would outlive their CA", async (t) => {
  const [old, next] = [await makeAuthority(Date.now()), await makeAuthority(Date.now())];
  const { server, write, events } = await guarded(t, old, NAME);
  const pair = await clientPair(old, `CN=${NAME}`);
  for (const maxVersion of ["TLSv1.3", "TLSv1.2"] as const) {
    write(old.pem);
    const sessions: Buffer[] = [];
    const open = (session?: Buffer) =>
      new Promise<string>((resolve) => {
        const options = { ...pair, maxVersion, ...(session && { session }) };
        const socket = connect({
          port: server.port,
          host: "127.0.0.1",
          rejectUnauthorized: false,
          ...options,
        });
        socket.on("session", (one) => sessions.push(one));
        socket.on("secureConnect", () => socket.write("POST /mutate HTTP/1.1\r\nHost: a\r\n\r\n"));
        socket.on("data", () => resolve(socket.isSessionReused() ? "taken up" : "anew"));
        socket.on("error", () => resolve("refused")).on("close", () => resolve("refused"));
        socket.on("data", () => socket.destroy());
      });
    while ((await open()) === "refused") await sleep(POLL);
    t.not(await open(sessions.at(-1)), "taken up", maxVersion);
    const changes = events("client-ca-changed").length;
    write(next.pem);
    while (events("client-ca-changed").length === changes) await sleep(POLL);
    t.equal(await open(sessions.at(-1)), "refused", `${maxVersion}: nor after its CA was taken out`);
  }
});

t.test("after an invalid CA file the previous CAs stay", async (t) => {
  const ca = await makeAuthority(Date.now());
  const long = await makeAuthority(Date.now() - 400 * 24 * HOUR);
  const { server, file, write, events, health } = await guarded(t, ca, NAME);
  const pair = await clientPair(ca, `CN=${NAME}`);
  const leaf = await clientPair(ca, "CN=x");
  const rows: [title: string, text: string, reason: RegExp][] = [
    ["empty", "", /has no certificate in PEM form\. Put the CA that signs the client certificates/],
    ["half written", ca.pem + ca.pem.slice(0, 200), /has a certificate that cannot be read\./],
    ["not of a CA", ca.pem + leaf.cert, /has a certificate that is not a CA certificate\./],
    ["ended", long.pem, /every CA in .* has expired\./],
  ];
  for (const [index, [title, text, reason]] of rows.entries()) {
    await t.rejects(
      () => {
        writeFileSync(`${file}.${index}`, text);
        return readClientCa(`${file}.${index}`);
      },
      CertificateError,
      title,
    );
    write(text);
    while (events("client-ca-error").length === index) await sleep(POLL);
    t.match(events("client-ca-error")[index], { level: "error", reason }, title);
    t.match(`${events("client-ca-error")[index]?.["reason"]}`, /The last valid CAs stay in use/, title);
    t.equal(await call(server.port, pair), 200, `${title}: the right caller is answered`);
    t.type(await call(server.port, {}), "string", `${title}: another is not`);
  }
  const metrics = await (await health("/metrics")).text();
  t.ok(Number(/certificate_read_errors_total (\d+)/.exec(metrics)?.[1]) >= rows.length, "each is counted");
  write(ca.pem);
  while (events("client-ca-recovered").length === 0) await sleep(POLL);
  t.equal(events("client-ca-changed").length, 0);
});
