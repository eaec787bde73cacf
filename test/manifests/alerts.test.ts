import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { stringify } from "yaml";
import { API_SERVER_METRICS, metricsIn, OUR_METRICS } from "../../tools/docs/metrics-page.ts";
import { OBJECT_FILE, prometheusRule, RULES_FILE } from "../../tools/docs/prometheus-rule.ts";
import { linksOf } from "../docs/page.ts";
import { ALERT_CASES, type AlertCase, AT, EVERY, type Series } from "./alert-cases.ts";
import { promtool, skip } from "./promtool.ts";
import { object, objects } from "./read.ts";
import "../patience.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const RULES: readonly Rule[] = objects("monitoring/rules.yaml")[0]?.["groups"].flatMap(
  (group: { rules: Rule[] }) => group.rules,
);

const ruleOf = (alert: string) => RULES.find((rule) => rule.alert === alert);

/** A unit test of promtool: with these series the alert fires once at its time, or not at all. */
function unitTest(one: AlertCase, series: Series, fires: boolean): object {
  const { alert, at = AT, labels = {}, summary } = one;
  const rule = ruleOf(alert);
  const annotations = { ...rule?.annotations, ...(summary && { summary }) };
  return {
    name: `${alert} ${fires ? "fires" : "stays quiet"}`,
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [
      {
        alertname: alert,
        eval_time: at,
        exp_alerts: fires
          ? [{ exp_labels: { ...labels, ...rule?.labels }, exp_annotations: annotations }]
          : [],
      },
    ],
  };
}

const unitTests = (cases: readonly AlertCase[]): object[] =>
  cases.flatMap((one) => [
    unitTest(one, one.fires, true),
    ...one.quiet.map((series) => unitTest(one, series, false)),
  ]);

t.test("promtool accepts the rules", { skip }, async (t) => {
  const { status, output } = promtool("check", "rules", RULES_FILE);
  t.equal(status, 0, output);
  t.match(output, `${RULES.length} rules found`);
});

t.test("each alert fires in its cases, and does not fire just below its threshold", { skip }, async (t) => {
  const folder = t.testdir({});
  const files = Object.entries(Object.groupBy(ALERT_CASES, ({ every = EVERY }) => every)).map(
    ([every, cases = []]) => {
      const file = join(folder, `${every}.yaml`);
      const tests = unitTests(cases);
      writeFileSync(file, stringify({ rule_files: [RULES_FILE], evaluation_interval: every, tests }));
      return file;
    },
  );
  const { status, output } = promtool("test", "rules", ...files);
  t.equal(status, 0, output);
  t.comment(`${RULES.length} alerts in ${unitTests(ALERT_CASES).length} unit tests`);
});

t.test("each alert has a case that fires and a case that does not", async (t) => {
  const names = RULES.map(({ alert }) => alert);
  t.same([...new Set(ALERT_CASES.map(({ alert }) => alert))], names);
  for (const { alert, quiet } of ALERT_CASES) t.ok(quiet.length > 0, alert);
});

/** The anchor that GitHub generates for a heading of letters and spaces. */
const anchorOf = (heading: string) => heading.toLowerCase().replaceAll(" ", "-");

t.test(
  "each alert has a severity, a summary and a section of the runbook, and each section has an alert",
  async (t) => {
    const page = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");
    const anchors = [...page.matchAll(/^### (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
    t.same(
      anchors.map((anchor) => `docs/runbook.md#${anchor}`).sort(),
      RULES.map(({ annotations }) => annotations.runbook).sort(),
    );
    for (const { alert, labels, annotations } of RULES) {
      t.equal(annotations.runbook, `docs/runbook.md#${anchorOf(alert)}`);
      t.match(labels["severity"], /^(critical|warning)$/, alert);
      t.match(annotations.summary, /\.$/, alert);
      t.ok(
        page.includes(`| [${alert}](#${anchorOf(alert)}) | ${labels["severity"]} |`),
        `${alert} is in the contents`,
      );
    }
  },
);

t.test("every link of the runbook has a target", async (t) => {
  for (const { link, ok } of linksOf("docs/runbook.md")) t.ok(ok, link);
});

t.test("each metric in the rules belongs to gracekeeper or to the API server", async (t) => {
  const known = [...OUR_METRICS, ...API_SERVER_METRICS].map(({ name }) => name);
  for (const { alert, expr } of RULES) {
    const named = metricsIn(expr);
    t.ok(named.length > 0, alert);
    for (const name of named) t.ok(known.includes(name), `${alert}: ${name}`);
  }
});

t.test("the PrometheusRule has the same rules (node tools/docs/prometheus-rule.ts --write)", async (t) => {
  t.equal(readFileSync(OBJECT_FILE, "utf8"), prometheusRule());
  const [plain] = objects("monitoring/rules.yaml");
  t.same(objects("components/monitoring/prometheus-rule.yaml")[0]?.["spec"], plain);
});

t.test("the PodMonitor selects the pods and the metrics port", async (t) => {
  const [monitor] = objects("components/monitoring/pod-monitor.yaml");
  const { metadata, spec } = object("Deployment");
  t.equal(monitor?.["metadata"].namespace, metadata.namespace);
  t.match(spec.template.metadata.labels, monitor?.["spec"].selector.matchLabels);
  const port = monitor?.["spec"].podMetricsEndpoints[0].port;
  t.match(spec.template.spec.containers[0].ports, [{}, { name: port, containerPort: 9080 }]);
});
