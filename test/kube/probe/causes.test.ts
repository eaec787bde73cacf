import t from "tap";
import { CAUSES, type Cause, causeIn, reasonOf } from "../../../src/kube/probe/causes.ts";
import "../../patience.ts";

const CALL =
  'Internal error occurred: failed calling webhook "probe.gracekeeper.dev": failed to call webhook: ';
const POST = `${CALL}Post "https://gracekeeper.gracekeeper.svc:443/validate/probe?timeout=2s": `;
const VERIFY = `${POST}tls: failed to verify certificate: `;

/**
 * Error messages of kube-apiserver 1.37.2 with their causes. test/api-server/probe checks on a real API server those
 * causes that it can produce.
 */
const TEXTS: readonly (readonly [Cause, string])[] = [
  ["no-service", `${POST}service "gracekeeper" not found`],
  ["no-endpoints", `${POST}no endpoints available for service "gracekeeper"`],
  // kube-apiserver 1.30.14
  ["no-endpoints", `${POST}endpoints "gracekeeper" not found`],
  ["unknown-host", `${POST}dial tcp: lookup gracekeeper.invalid on 10.0.0.10:53: no such host`],
  ["unknown-host", `${POST}dial tcp: lookup gracekeeper on 10.0.0.10:53: server misbehaving`],
  [
    "expired",
    `${VERIFY}x509: certificate has expired or is not yet valid: current time 2026-11-30T20:23:41Z is after 2026-08-12T19:23:39Z`,
  ],
  ["wrong-name", `${VERIFY}x509: certificate is valid for localhost, not gracekeeper.gracekeeper.svc`],
  [
    "wrong-name",
    `${VERIFY}x509: certificate is not valid for any names, but wanted to match gracekeeper.gracekeeper.svc`,
  ],
  [
    "wrong-name",
    `${VERIFY}x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs`,
  ],
  ["wrong-name", `${VERIFY}x509: certificate relies on legacy Common Name field, use SANs instead`],
  ["not-trusted", `${VERIFY}x509: certificate signed by unknown authority`],
  ["not-trusted", `${CALL}unable to load root certificates: unable to parse bytes as PEM block`],
  ["timeout", `${POST}context deadline exceeded`],
  [
    "timeout",
    `${POST}net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
  ],
  ["timeout", `${POST}dial tcp 10.0.0.1:443: i/o timeout`],
  ["timeout", `${POST}net/http: TLS handshake timeout`],
  ["timeout", `${POST}dial tcp 10.0.0.1:443: connect: connection timed out`],
  ["refused", `${POST}dial tcp 10.0.0.1:443: connect: connection refused`],
  ["unreachable", `${POST}dial tcp 10.0.0.1:443: connect: no route to host`],
  ["unreachable", `${POST}dial tcp 10.0.0.1:443: connect: network is unreachable`],
  ["no-client-certificate", `${POST}remote error: tls: certificate required`],
  ["no-tls", `${POST}http: server gave HTTP response to HTTPS client`],
  ["no-tls", `${POST}tls: first record does not look like a TLS handshake`],
  ["no-tls", `${POST}remote error: tls: handshake failure`],
  ["connection-cut", `${POST}EOF`],
  ["connection-cut", `${POST}unexpected EOF`],
  ["connection-cut", `${POST}read tcp 127.0.0.1:33038->127.0.0.1:46423: read: connection reset by peer`],
  ["connection-cut", `${POST}write tcp 127.0.0.1:33038->127.0.0.1:46423: write: broken pipe`],
  ["not-found", `${CALL}the server could not find the requested resource`],
  ["not-found", `${CALL}there is nothing here. POST to /validate/enforce, /mutate.`],
  ["overloaded", `${CALL}the server is currently unable to handle the request`],
  ["overloaded", `${CALL}too many large requests at once. Try again in a second.`],
  ["server-error", `${CALL}an error on the server ("hello") has prevented the request from succeeding`],
  ["server-error", `${CALL}gracekeeper failed on this request. See the error in the log of gracekeeper.`],
  ["other", `${CALL}couldn't get version/kind; json parse error`],
];

t.test("the cause is derived from the API server's message", async (t) => {
  for (const [cause, text] of TEXTS) t.equal(causeIn(text), cause, text);
  const silent: readonly Cause[] = ["not-called", "no-right", "no-namespace", "not-asked"];
  const said = new Set(TEXTS.map(([cause]) => cause));
  t.same(
    CAUSES.filter((cause) => !said.has(cause)),
    silent,
    "every cause that is read from a text is here",
  );
});

t.test("every cause has a text with fault and remedy, and a name that can be a metric label", async (t) => {
  for (const cause of CAUSES) {
    t.match(cause, /^[a-z]+(-[a-z]+)*$/);
    t.match(reasonOf(cause), /^[A-Za-z][\x20-\x7e]+[.\w]$/);
    t.ok(reasonOf(cause).split(". ").length > 1, cause);
  }
});
