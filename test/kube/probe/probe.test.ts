import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { proofOfCall } from "../../../src/admission/answer-probe.ts";
import { askReach, type ProbeResult } from "../../../src/kube/probe/ask.ts";
import { watchReach } from "../../../src/kube/probe/watch.ts";
import { createMetrics } from "../../../src/server/telemetry/metrics.ts";
import { probeEvents } from "../../../src/server/telemetry/probe-events.ts";
import { testLog } from "../../helper.ts";
import { SHORT, until } from "../helper.ts";
import "../../patience.ts";

interface Said {
  readonly status: number;
  readonly message?: string;
  readonly warning?: string;
  /** The body of the answer, instead of a Kubernetes Status object. */
  readonly body?: string;
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly body: { readonly kind: string; readonly metadata: { readonly name: string } };
}

/** A fake API server that answers each request with the result of `say`, which gets the name of the Lease. */
async function apiServer(t: Test, say: (name: string) => Said | undefined) {
  const asked: Asked[] = [];
  let refusals = 0;
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const piece of request) text += piece;
    const body = JSON.parse(text);
    asked.push({ method: request.method ?? "", url: request.url ?? "", body });
    const said = say(body.metadata.name);
    if (said === undefined) {
      request.destroy();
      return;
    }
    const { status, message = "", warning, body: other } = said;
    if (warning !== undefined) response.setHeader("warning", `299 - "${warning}"`);
    response.writeHead(status).end(other ?? JSON.stringify({ kind: "Status", message }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const stopped = new AbortController();
  t.teardown(() => stopped.abort());
  const access = {
    target: async () => ({ server: `http://127.0.0.1:${port}`, options: { agent: false } as const }),
    refused: () => {
      refusals++;
    },
    namespace: undefined,
  };
  const settings = { access, namespace: "probed", timings: SHORT, signal: stopped.signal };
  return { asked, settings, stop: () => stopped.abort(), refusals: () => refusals };
}

const proof = (name: string): Said => ({ status: 201, warning: proofOfCall(name) });

t.test("a probe creates a Lease in a dry run, with a new name each time", async (t) => {
  const { asked, settings } = await apiServer(t, proof);
  for (let i = 0; i < 2; i++) t.same(await askReach(settings), { cause: "none", answer: "" });
  const [first, second] = asked;
  t.equal(asked.length, 2);
  t.match(first, {
    method: "POST",
    url: "/apis/coordination.k8s.io/v1/namespaces/probed/leases?dryRun=All",
    body: { apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
  });
  t.not(first?.body.metadata.name, second?.body.metadata.name);
});

const FAILED =
  'Internal error occurred: failed calling webhook "probe.gracekeeper.dev": failed to call webhook: ';

t.test("every answer of the API server leads to a cause", async (t) => {
  const rows: readonly (readonly [ProbeResult["cause"], Said | undefined])[] = [
    ["not-called", { status: 201 }],
    ["not-called", { status: 201, warning: "another webhook has something to say" }],
    ["not-called", { status: 201, warning: proofOfCall("probe-of-another") }],
    ["refused", { status: 500, message: `${FAILED}dial tcp 10.0.0.1:443: connect: connection refused` }],
    ["other", { status: 500, message: `${FAILED}something new` }],
    [
      "no-right",
      {
        status: 403,
        message:
          'leases.coordination.k8s.io is forbidden: User "system:serviceaccount:gracekeeper:gracekeeper" cannot create resource "leases"',
      },
    ],
    ["no-namespace", { status: 404, message: 'namespaces "probed" not found' }],
    [
      "no-namespace",
      {
        status: 403,
        message:
          'leases.coordination.k8s.io "probe-1" is forbidden: unable to create new content in namespace probed because it is being terminated',
      },
    ],
    ["not-asked", { status: 403, message: 'admission webhook "policy.example.com" denied the request: no' }],
    [
      "not-asked",
      { status: 500, message: 'Internal error occurred: failed calling webhook "policy.example.com": x' },
    ],
    ["not-asked", { status: 403, message: "exceeded quota: leases, requested: count/leases=1" }],
    ["not-asked", { status: 429 }],
    ["not-asked", { status: 500, body: "no JSON" }],
    ["not-asked", { status: 500, body: `"${"x".repeat(70_000)}"` }],
    ["not-asked", undefined],
  ];
  for (const [cause, said] of rows) {
    const { settings } = await apiServer(t, () => said);
    const result = await askReach(settings);
    t.equal(result.cause, cause, said?.message ?? "no message");
    t.equal(result.answer === "", cause === "not-called");
  }
});

t.test("after a 401 the credentials are read again", async (t) => {
  const { settings, refusals } = await apiServer(t, () => ({ status: 401 }));
  t.match(await askReach(settings), { cause: "not-asked", answer: /does not accept the token/ });
  t.equal(refusals(), 1);
});

t.test(
  "each change of the result is logged once, and the metric has one series for the last result",
  async (t) => {
    let said: (name: string) => Said = proof;
    const { settings, asked, stop } = await apiServer(t, (name) => said(name));
    const metrics = createMetrics(() => 0);
    const { logger, lines } = testLog();
    let draining = false;
    const series = async () => (await metrics.registry.metrics()).match(/^gracekeeper_probe_success.*$/gm);
    t.equal(await series(), null, "nothing is said before the first probe");
    const watching = watchReach(settings, probeEvents({ logger, metrics, draining: () => draining }));
    const more = async (count = 3) => {
      const now = asked.length;
      await until(() => asked.length >= now + count);
    };
    await more();
    t.same(await series(), ['gracekeeper_probe_success{cause="none"} 1']);
    said = () => ({ status: 500, message: `${FAILED}dial tcp 10.0.0.1:443: connect: connection refused\n` });
    await more();
    t.same(await series(), ['gracekeeper_probe_success{cause="refused"} 0']);
    said = () => ({ status: 500, message: `${FAILED}context deadline exceeded` });
    await more();
    t.same(await series(), ['gracekeeper_probe_success{cause="timeout"} 0']);
    said = proof;
    await more();
    draining = true;
    said = () => ({ status: 201 });
    await more();
    t.same(
      await series(),
      ['gracekeeper_probe_success{cause="none"} 1'],
      "nothing is said while shutting down",
    );
    t.match(lines(), [
      { level: "info", event: "reached" },
      {
        level: "error",
        event: "not-reached",
        cause: "refused",
        reason: /no pod is ready/,
        answer: /refused\?$/,
      },
      { level: "error", event: "not-reached", cause: "timeout", answer: /^HTTP 500: Internal error/ },
      { level: "info", event: "reached" },
    ]);
    t.equal(lines().length, 4);
    stop();
    await watching;
    const after = asked.length;
    await sleep(SHORT.probe * 3);
    t.equal(asked.length, after, "stopped");
  },
);
