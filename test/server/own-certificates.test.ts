import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import t from "tap";
import type { OwnCertificates } from "../../src/certs/own-certificates.ts";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import type { Leaf } from "../../src/certs/sign.ts";
import { createMetrics } from "../../src/server/telemetry/metrics.ts";
import { presentOwn } from "../../src/server/tls/own.ts";
import { testLog, testServer } from "../helper.ts";
import "../patience.ts";

const DAY = 24 * 3600 * 1000;

/** The fingerprint of the certificate that the server presents on a new connection. */
function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

t.test("the server presents its own certificate, and readiness says what it waits for", async (t) => {
  let waiting: string | undefined = "waiting for the CA.";
  let use: (leaf: Leaf) => void = () => {};
  let stopped = false;
  const own: OwnCertificates = {
    present: (listener) => {
      use = listener;
    },
    notReady: () => waiting,
    signer: undefined,
    published: false,
    stop: () => {
      stopped = true;
    },
  };
  const server = await testServer(t, { ownCertificates: own });
  const ready = async () => (await fetch(`http://127.0.0.1:${server.healthPort}/readyz`)).text();
  t.equal(await ready(), "waiting for the CA.\n");
  t.equal((await fetch(`http://127.0.0.1:${server.healthPort}/livez`)).status, 200, "it lives all the same");
  const leaf = makeCertificate();
  use(leaf);
  t.equal(await served(server.port), new X509Certificate(leaf.cert).fingerprint256);
  waiting = undefined;
  t.equal(await ready(), "ok\n");
  const metrics = await (await fetch(`http://127.0.0.1:${server.healthPort}/metrics`)).text();
  const end = new X509Certificate(leaf.cert).validToDate.getTime() / 1000;
  t.match(metrics, new RegExp(`^gracekeeper_certificate_not_after_timestamp_seconds ${end}$`, "m"));
  t.match(metrics, /^gracekeeper_ca_not_after_timestamp_seconds 0$/m);
  t.match(metrics, /^gracekeeper_ca_bundle_published 0$/m);

  use(makeCertificate(new Date(Date.now() - 100 * DAY)));
  t.match(
    await ready(),
    /^the certificate expired on .*Z\. gracekeeper makes a new certificate as soon as it has a valid CA: look for ca-error/,
  );
  t.match(
    server.lines().filter(({ event }) => event === "certificate-changed"),
    [{ notAfter: new Date(end * 1000).toISOString() }, {}],
  );
  await server.close(0);
  t.ok(stopped, "it ends with the server");
});

t.test("the log line for a caller that does not trust an own certificate", async (t) => {
  let use: (leaf: Leaf) => void = () => {};
  const own: OwnCertificates = {
    present: (listener) => {
      use = listener;
    },
    notReady: () => undefined,
    signer: undefined,
    published: false,
    stop: () => {},
  };
  const presenter = presentOwn(
    () => {},
    own,
    testLog().logger,
    createMetrics(() => 0),
  );
  t.match(
    presenter.distrusted(),
    /caBundle of the webhook configurations lacks the CA.*look for ca-error in the log\.$/,
  );
  use(makeCertificate());
  t.match(presenter.distrusted(), /caBundle of the webhook configurations lacks the CA/);
  use(makeCertificate(new Date(Date.now() - 100 * DAY)));
  t.match(presenter.distrusted(), /^the certificate expired on /, "the dates are the cause");
});
