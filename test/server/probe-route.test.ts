import t from "tap";
import { proofOfCall } from "../../src/admission/answer-probe.ts";
import { PROBE_ROUTE } from "../../src/server/routes/probe.ts";
import { breaches, post, testApp } from "../helper.ts";
import { reviewOf } from "../reviews.ts";
import "../patience.ts";

const LEASE = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "probe-1" } };

t.test("the review of a probe is allowed with its name, and is not counted as a decision", async (t) => {
  const { app, metrics, lines } = testApp(t);
  const answer = await post(
    app,
    `${PROBE_ROUTE}?timeout=2s`,
    reviewOf(LEASE, { name: "probe-1", dryRun: true }),
  );
  const { response } = answer.json();
  t.same(breaches(answer, response.uid, false), []);
  t.match(response, { allowed: true, warnings: [proofOfCall("probe-1")] });
  t.same(lines(), []);
  const text = await metrics.registry.metrics();
  t.notMatch(text, /^gracekeeper_decisions_total\{/m);
  t.match(text, /^gracekeeper_last_review_timestamp_seconds 0$/m);
});

t.test("the returned name is printable text, and a body that is not a review is refused", async (t) => {
  const { app, lines } = testApp(t);
  const answer = await post(app, PROBE_ROUTE, reviewOf(LEASE, { name: 'a\n"b\u202e' }));
  t.same(answer.json().response.warnings, ['gracekeeper answered a?"b?']);
  t.equal((await post(app, PROBE_ROUTE, {})).statusCode, 400);
  t.match(lines(), [{ event: "request-refused", route: PROBE_ROUTE, status: 400 }]);
});
