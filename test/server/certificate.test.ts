import { createPublicKey, X509Certificate } from "node:crypto";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import t, { type Test } from "tap";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { CertificateError, datesError, readPair } from "../../src/server/tls/key-pair.ts";
import { createClient } from "../../tools/demo/client.ts";
import { cases } from "../cases.ts";
import { testServer } from "../helper.ts";
import { podOf, reviewOf } from "../reviews.ts";
import "../patience.ts";

const POLL = 20;
const CHANGES = cases(100, 20);
const DAY = 24 * 3600 * 1000;
const REVIEW = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web" }] })));

interface Made {
  readonly cert: string;
  readonly key: string;
}

/**
 * A directory like a Secret that the kubelet mounts. File names link to ..data/, which links to a directory for each
 * version.
 */
function mountedSecret(t: Test) {
  const directory = t.testdir({});
  let version = 0;
  const swap = ({ cert, key }: Partial<Made>): void => {
    const name = `..v${version++}`;
    mkdirSync(join(directory, name));
    if (cert !== undefined) writeFileSync(join(directory, name, "tls.crt"), cert);
    if (key !== undefined) writeFileSync(join(directory, name, "tls.key"), key);
    symlinkSync(name, join(directory, "..tmp"));
    renameSync(join(directory, "..tmp"), join(directory, "..data"));
  };
  const files = { cert: join(directory, "tls.crt"), key: join(directory, "tls.key") };
  symlinkSync("..data/tls.crt", files.cert);
  symlinkSync("..data/tls.key", files.key);
  return { files, swap };
}

const fingerprint = (cert: string): string => new X509Certificate(cert).fingerprint256;

/** The fingerprint of the certificate that the server presents on a new connection. */
function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: "127.0.0.1", servername: "localhost", rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      },
    );
    socket.on("error", reject);
  });
}

function postThrough(agent: Agent, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json" };
    const sent = request(
      { agent, port, host: "127.0.0.1", path: "/mutate", method: "POST", headers },
      (response) =>
        response
          .resume()
          .on("error", reject)
          .on("end", () => resolve(response.statusCode)),
    );
    sent.on("error", reject).end(REVIEW);
  });
}

async function eventually(what: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let i = 0; i < 250; i++) {
    if (await what()) return true;
    await sleep(POLL);
  }
  return false;
}

async function serverWith(t: Test) {
  const secret = mountedSecret(t);
  const first = makeCertificate();
  secret.swap(first);
  const pair = await readPair(secret.files);
  const server = await testServer(t, { pair, files: secret.files, pollMilliseconds: POLL });
  return { server, first, ...secret };
}

t.test("the fields of a self-signed certificate", (t) => {
  const { cert, key } = makeCertificate();
  const certificate = new X509Certificate(cert);
  t.ok(certificate.verify(createPublicKey(key)), "is signed with its own key");
  t.equal(certificate.subjectAltName, "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  t.same(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"], "is for servers");
  t.equal(certificate.ca, false);
  t.match(createPublicKey(cert).asymmetricKeyDetails, { namedCurve: "prime256v1" });
  const before = Date.now() - certificate.validFromDate.getTime();
  t.ok(before > 3_590_000 && before < 3_700_000, "is valid from an hour ago");
  const life = certificate.validToDate.getTime() - certificate.validFromDate.getTime();
  t.equal(life, 90 * DAY);
  t.not(new X509Certificate(makeCertificate().cert).serialNumber, certificate.serialNumber);
  t.end();
});

t.test(
  "a new certificate and key are loaded without a restart, and persistent connections go on",
  async (t) => {
    const { server, first, swap } = await serverWith(t);
    t.equal(await served(server.port), fingerprint(first.cert));
    const kept = createClient(server.port, first.cert);
    t.teardown(() => kept.close());
    t.equal((await kept.post("/mutate", "application/json", REVIEW)).status, 200);
    const second = makeCertificate();
    swap(second);
    t.ok(await eventually(async () => (await served(server.port)) === fingerprint(second.cert)));
    t.equal(
      (await kept.post("/mutate", "application/json", REVIEW)).status,
      200,
      "the kept connection lives on",
    );
    t.match(
      server.lines().filter(({ event }) => event !== "decision"),
      [{ event: "certificate-changed" }],
    );
  },
);

t.test(`no request fails during ${CHANGES} certificate changes under load`, async (t) => {
  const { server, swap } = await serverWith(t);
  const made = Array.from({ length: CHANGES }, () => makeCertificate());
  const started = performance.now();
  let running = true;
  let good = 0;
  const failures: unknown[] = [];
  const caller = async (keepAlive: boolean): Promise<void> => {
    // All test CAs have the same name, so this client could not tell them apart and does not verify certificates.
    const agent = new Agent({ keepAlive, maxSockets: 1, rejectUnauthorized: false });
    while (running) {
      const status = await postThrough(agent, server.port).catch((error: unknown) => error);
      if (status === 200) good++;
      else failures.push(status);
    }
    agent.destroy();
  };
  const callers = [true, true, false, false].map(caller);
  for (const pair of made) {
    swap(pair);
    t.ok(await eventually(async () => (await served(server.port)) === fingerprint(pair.cert)), "is taken up");
  }
  running = false;
  await Promise.all(callers);
  t.same(failures, []);
  t.ok(good > 100, `${good} good requests`);
  const seconds = (performance.now() - started) / 1000;
  t.comment(`${good} requests, ${Math.round(good / seconds)} a second`);
});

t.test("after an invalid certificate or key the old certificate stays", async (t) => {
  const { server, first, swap, files } = await serverWith(t);
  const other = makeCertificate();
  const faults: [title: string, files: Partial<Made>, said: RegExp][] = [
    [
      "half a certificate",
      { ...other, cert: other.cert.slice(0, 300) },
      /tls\.crt is not a certificate in PEM form/,
    ],
    ["no key", { cert: makeCertificate().cert }, /there is no file .*tls\.key/],
    ["an empty certificate", { ...makeCertificate(), cert: "" }, /tls\.crt is not a certificate/],
    [
      "a broken key",
      { ...makeCertificate(), key: "-----BEGIN PRIVATE KEY-----\n" },
      /tls\.key is not an unencrypted private key/,
    ],
    ["another's key", { cert: makeCertificate().cert, key: first.key }, /does not match the certificate/],
    [
      "an expired one",
      makeCertificate(new Date(Date.now() - 91 * DAY)),
      /expired on .*Renew the certificate/,
    ],
    ["one for later", makeCertificate(new Date(Date.now() + DAY)), /valid only from/],
  ];
  const said = () =>
    server.lines().flatMap(({ event, reason }) => (event === "certificate-error" ? [`${reason}`] : []));
  for (const [index, [title, pair, pattern]] of faults.entries()) {
    swap(pair);
    t.ok(await eventually(() => said().length === index + 1), `${title} is noticed`);
    t.match(said()[index], pattern, title);
    t.match(said()[index], /\. The last valid certificate and key stay in use\.$/, title);
    t.equal(await served(server.port), fingerprint(first.cert), `${title}: the old one is served`);
  }
  await sleep(5 * POLL);
  t.equal(said().length, faults.length, "each is said once");
  rmSync(files.cert);
  t.ok(await eventually(() => said().length === faults.length + 1), "the file is gone");
  const metrics = await (await fetch(`http://127.0.0.1:${server.healthPort}/metrics`)).text();
  t.ok(Number(/certificate_read_errors_total (\d+)/.exec(metrics)?.[1]) >= faults.length, "each is counted");
  symlinkSync("..data/tls.crt", files.cert);
  swap(other);
  t.ok(
    await eventually(async () => (await served(server.port)) === fingerprint(other.cert)),
    "a good one is taken up",
  );
  t.equal((await fetch(`http://127.0.0.1:${server.healthPort}/readyz`)).status, 200);
});

t.test("a certificate for other names does not replace a certificate that a caller accepted", async (t) => {
  const { makeAuthority, signLeaf } = await import("../../src/certs/sign.ts");
  const ca = await makeAuthority(Date.now());
  const signed = (...names: readonly string[]) => signLeaf(ca, names, Date.now());
  const { files, swap } = mountedSecret(t);
  swap(await signed("wrong.svc"));
  const server = await testServer(t, { pair: await readPair(files), files, pollMilliseconds: POLL });
  const takenUp = async (pair: Made): Promise<void> => {
    const changes = () => server.lines().filter(({ event }) => event === "certificate-changed").length;
    const before = changes();
    swap(pair);
    t.ok(await eventually(() => changes() > before));
  };
  await takenUp(await signed("a.b.svc", "a"));
  const errors = () => server.lines().filter(({ event }) => event === "certificate-error");
  t.same(errors(), [], "no caller had taken the wrong one");
  const taken = await served(server.port);
  const agent = new Agent({ rejectUnauthorized: false });
  t.teardown(() => agent.destroy());
  t.equal(await postThrough(agent, server.port), 200);
  swap(await signed("x.y.svc"));
  t.ok(await eventually(() => errors().length === 1));
  t.match(errors(), [
    {
      reason:
        "the new certificate is for DNS:x.y.svc, but the current certificate is for DNS:a.b.svc, DNS:a. Replace the new certificate, or restart the pods to use it. The last valid certificate and key stay in use.",
    },
  ]);
  t.equal(await served(server.port), taken);
  await takenUp(await signed("*.b.svc"));
  await takenUp(await signed("a.b.svc", "c"));
  await takenUp(await signed("*.b.svc"));
});

t.test("an expired certificate is still presented, but the server is not ready", async (t) => {
  const secret = mountedSecret(t);
  secret.swap(makeCertificate(new Date(Date.now() - 91 * DAY)));
  const pair = await readPair(secret.files);
  const server = await testServer(t, { pair, files: secret.files, pollMilliseconds: POLL });
  const ready = await fetch(`http://127.0.0.1:${server.healthPort}/readyz`);
  t.equal(ready.status, 503);
  t.match(await ready.text(), /expired on .*Renew the certificate/);
  const metrics = await (await fetch(`http://127.0.0.1:${server.healthPort}/metrics`)).text();
  const end = Number(/^gracekeeper_certificate_not_after_timestamp_seconds (\d+)$/m.exec(metrics)?.[1]);
  t.ok(end < Date.now() / 1000, "the metric has an end that is over");
  t.match(server.lines()[0], {
    level: "error",
    event: "certificate-error",
    reason: /Renew the certificate\. Without a valid certificate, API servers cannot call this webhook\.$/,
  });
  secret.swap(makeCertificate());
  const readyAgain = async () => (await fetch(`http://127.0.0.1:${server.healthPort}/readyz`)).status === 200;
  t.ok(await eventually(readyAgain), "ready once it is renewed");
});

t.test("a certificate that expires soon is logged once a day", async (t) => {
  const { files, swap } = mountedSecret(t);
  const remindedOf = (server: { lines: () => Record<string, unknown>[] }) =>
    server.lines().filter((line) => line["event"] === "certificate-expires-soon").length;
  swap(makeCertificate(new Date(Date.now() - 65 * DAY)));
  const server = await testServer(t, { pair: await readPair(files), files, pollMilliseconds: POLL });
  t.ok(await eventually(() => remindedOf(server) === 1), "25 days are left");
  await sleep(5 * POLL);
  t.equal(remindedOf(server), 1, "once");
  swap(makeCertificate(new Date(Date.now() - 55 * DAY)));
  const early = await testServer(t, { pair: await readPair(files), files, pollMilliseconds: POLL });
  await sleep(5 * POLL);
  t.equal(remindedOf(early), 0, "35 days are left");
});

t.test("a valid certificate passes the check of its dates", async (t) => {
  const { files, swap } = mountedSecret(t);
  await t.rejects(
    readPair(files),
    new CertificateError(
      `there is no file ${files.cert}. Mount the Secret with the certificate at this path, or give the path with --tls-cert and --tls-key.`,
    ),
  );
  swap(makeCertificate());
  t.equal(datesError(await readPair(files), new Date()), undefined);
});
