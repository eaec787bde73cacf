import { readFileSync } from "node:fs";
import t from "tap";
import type { DecisionRecord } from "../../src/admission/decision.ts";
import { RULES } from "../../src/policy/rules/registry.ts";
import { logDecision } from "../../src/server/telemetry/log.ts";
import { createMetrics } from "../../src/server/telemetry/metrics.ts";
import { post, testApp, testLog, testServer } from "../helper.ts";
import { podOf, RECORD, reviewOf } from "../reviews.ts";
import "../patience.ts";

t.test("each known kind has a series, and all other kinds share one", async (t) => {
  const metrics = createMetrics(() => 0);
  for (const kind of ["Pod", "Rollout", "LeaderWorkerSet", "Namespace"])
    metrics.decision({ ...RECORD, kind }, 0);
  for (let i = 0; i < 10_000; i++) metrics.decision({ ...RECORD, kind: `Kind${i}` }, 0);
  const text = await metrics.registry.metrics();
  const kinds = [...text.matchAll(/^gracekeeper_decisions_total\{.*kind="(\w+)",dry_run="false"\} (\d+)$/gm)];
  t.same(
    kinds.map(([, kind, count]) => [kind, count]),
    [
      ["Pod", "1"],
      ["Rollout", "1"],
      ["LeaderWorkerSet", "1"],
      ["Namespace", "1"],
      ["other", "10000"],
    ],
  );
});

t.test("dry runs have separate series, so that denials in CI can be excluded", async (t) => {
  const metrics = createMetrics(() => 0);
  metrics.decision({ ...RECORD, action: "denied", dryRun: true }, 0);
  metrics.decision({ ...RECORD, action: "denied" }, 0);
  const text = await metrics.registry.metrics();
  for (const dryRun of [true, false])
    t.match(text, `{mode="enforce",action="denied",kind="Pod",dry_run="${dryRun}"} 1\n`);
});

/** The kinds of objects that people, CI and controllers create. */
const MADE = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Kind"];

const ACTIONS = {
  enforce: ["denied", "warned", "audited", "allowed", "untouched"],
  warn: ["warned", "audited", "allowed", "untouched"],
  audit: ["audited", "allowed", "untouched"],
} as const;

const MOST_SERIES = 500;

t.test("10,000 namespaces have as many series as one", async (t) => {
  const metrics = createMetrics(() => 0);
  const modes = Object.entries(ACTIONS) as [keyof typeof ACTIONS, readonly DecisionRecord["action"][]][];
  const shapes = modes.flatMap(([mode, actions]) =>
    actions.flatMap((action) =>
      MADE.flatMap((kind) => [true, false].map((dryRun) => ({ mode, action, kind, dryRun }))),
    ),
  );
  const all = [...RULES.map(({ id }) => id), "sleep-added" as const];
  for (let i = 0; i < 10_000; i++) {
    const shape = shapes[i % shapes.length];
    const kind = shape?.kind === "Kind" ? `Kind${i}` : shape?.kind;
    const names = { namespace: `n${i}`, name: `web-${i}`, user: `u${i}`, owner: `ReplicaSet/web-${i}` };
    metrics.decision({ ...RECORD, ...names, ...shape, ...(kind && { kind }), findings: all }, 0);
  }
  const series = (await metrics.registry.metrics()).split("\n").filter((line) => /^[a-z]/.test(line));
  t.equal(
    series.filter((line) => line.startsWith("gracekeeper_decisions_total")).length,
    shapes.length,
    "each of them is there",
  );
  t.ok(series.length < MOST_SERIES, `${series.length} series`);
});

t.test(
  "pods without a sleep are counted by reason, and by owner kind if the owner is the reason",
  async (t) => {
    const metrics = createMetrics(() => 0);
    const skip = (skipped: NonNullable<DecisionRecord["skipped"]>, owner: string) =>
      metrics.decision({ ...RECORD, mode: "inject", skipped, owner }, 0);
    skip("owner", "DaemonSet/agent");
    skip("owner-may-compare", "RayCluster/ray");
    for (let i = 0; i < 1_000; i++) skip("owner-may-compare", `Kind${i}/web`);
    skip("has-hook", "ReplicaSet/web");
    const text = await metrics.registry.metrics();
    t.same(
      text.match(/^gracekeeper_injection_skipped_total.*$/gm),
      [
        '{reason="owner",owner="DaemonSet"} 1',
        '{reason="owner-may-compare",owner="RayCluster"} 1',
        '{reason="owner-may-compare",owner="other"} 1000',
        '{reason="has-hook"} 1',
      ].map((series) => `gracekeeper_injection_skipped_total${series}`),
    );
  },
);

t.test(
  "version and time of the last review are metrics; the time is 0 before the first decision",
  async (t) => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    const { app, metrics } = testApp(t);
    const seen = async (name: string) =>
      (await metrics.registry.metrics()).match(new RegExp(`^gracekeeper_${name}.*$`, "gm"));
    t.same(await seen("build_info"), [
      `gracekeeper_build_info{version="${version}",node="${process.version}"} 1`,
    ]);
    const last = async () => Number((await seen("last_review_timestamp_seconds"))?.[0]?.split(" ")[1]);
    t.equal((await post(app, "/validate/enforce", "{}")).statusCode, 400);
    t.equal(await last(), 0, "a request that was refused is no review");
    const before = Date.now() / 1000;
    t.equal((await post(app, "/validate/enforce", reviewOf(podOf({ containers: [] })))).statusCode, 200);
    t.ok((await last()) >= before, "seconds since 1970");
  },
);

t.test("sample reviews before readiness are not counted", async (t) => {
  const { healthPort } = await testServer(t);
  const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
  t.match(text, /^gracekeeper_last_review_timestamp_seconds 0$/m);
});

t.test("findings that were ignored are counted by id", async (t) => {
  const metrics = createMetrics(() => 0);
  metrics.decision({ ...RECORD, ignored: ["hook-missing", "hook-over-grace"] }, 0);
  metrics.decision({ ...RECORD, ignored: ["hook-missing"] }, 0);
  const text = await metrics.registry.metrics();
  t.match(text, 'gracekeeper_ignored_findings_total{id="hook-missing"} 2\n');
  t.match(text, 'gracekeeper_ignored_findings_total{id="hook-over-grace"} 1\n');
  t.notMatch(text, /namespaces_(synced|known)/, "nothing of a cluster where there is none");
});

t.test("the log line of a decision has the findings that the pod ignores and its declarations", async (t) => {
  const { logger, lines } = testLog();
  logDecision(logger, RECORD, 1);
  logDecision(logger, { ...RECORD, mode: "namespace", ignored: ["hook-missing"], declared: "web=20" }, 1);
  const [plain = {}, full] = lines();
  t.notOk("ignored" in plain || "declared" in plain);
  t.match(full, { mode: "namespace", ignored: ["hook-missing"], declared: "web=20" });
});
