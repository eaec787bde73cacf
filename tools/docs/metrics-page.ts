/**
 * Makes docs/metrics.md from a registry with all metrics: `node tools/docs/metrics-page.ts --write`. Without `--write`
 * it prints the page.
 */
import { fileURLToPath } from "node:url";
import { createMetrics } from "../../src/server/telemetry/metrics.ts";
import { cell, runPage } from "./page.ts";

export const PAGE = fileURLToPath(new URL("../../docs/metrics.md", import.meta.url));

export interface MetricInfo {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Metrics also have these members, which the types of the library do not declare. */
interface Described {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly upperBounds?: readonly number[];
}

/** Every metric that a replica can have, in the order of `/metrics`. */
function registered(): readonly Described[] {
  const { registry, cluster, ownCertificates } = createMetrics(() => 0);
  ownCertificates({ signer: undefined, published: false });
  cluster({ inSync: true, size: 0, ageSeconds: () => 0 });
  return registry
    .getMetricsAsArray()
    .map(({ name }) => registry.getSingleMetric(name) as unknown as Described);
}

const ALL = registered();

export const OUR_METRICS: readonly MetricInfo[] = ALL.map((metric) => ({
  name: metric.name,
  help: metric.help,
  labels: metric.labelNames ?? [],
  type: metric.constructor.name.toLowerCase(),
}));

/**
 * The metrics of the API server about its webhooks.
 *
 * Source: staging/src/k8s.io/apiserver/pkg/admission/metrics/metrics.go (1.30 and 1.37).
 */
export const API_SERVER_METRICS: readonly MetricInfo[] = [
  {
    name: "apiserver_admission_webhook_admission_duration_seconds",
    type: "histogram",
    labels: ["name", "type", "operation", "rejected"],
    help: "How long the API server waits for a webhook. Buckets from 5 ms to 25 s.",
  },
  {
    name: "apiserver_admission_webhook_request_total",
    type: "counter",
    labels: ["name", "type", "operation", "code", "rejected"],
    help: "Calls, by the HTTP status of the answer.",
  },
  {
    name: "apiserver_admission_webhook_fail_open_count",
    type: "counter",
    labels: ["name", "type"],
    help: "Calls that failed, after which the API server continued without an answer (`failurePolicy: Ignore`).",
  },
  {
    name: "apiserver_admission_webhook_rejection_count",
    type: "counter",
    labels: ["name", "type", "operation", "error_type", "rejection_code"],
    help: "Refused objects: refused by the webhook (`no_error`), or refused under `failurePolicy: Fail` because the call failed (`calling_webhook_error`).",
  },
];

/** The metrics in an expression of Prometheus. The suffix of histogram series is removed. */
export function metricsIn(expression: string): readonly string[] {
  const names = expression.match(/\b(?:gracekeeper|apiserver|process|nodejs)_\w+/g) ?? [];
  return [...new Set(names)].map((name) => name.replace(/_bucket$/, ""));
}

function rows(metrics: readonly MetricInfo[]): string {
  const lines = metrics.map(({ name, type, labels, help }) => {
    const names = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${names} | ${cell(help)} |`;
  });
  return ["| name | type | labels | |", "|---|---|---|---|", ...lines].join("\n");
}

const ours = OUR_METRICS.filter(({ name }) => name.startsWith("gracekeeper_"));
const buckets = ALL.find(({ name }) => name === "gracekeeper_decision_duration_seconds")?.upperBounds ?? [];

export function page(): string {
  return `# Metrics

<!-- Generated from the code by tools/docs/metrics-page.ts: do not edit by hand. -->

Each pod has its metrics on port 9080, path \`/metrics\`, over plain HTTP. A new version may add metrics and labels, and
keeps the existing ones. No label contains text that a user wrote, so the number of series does not grow with the
number of namespaces and pods. [dashboard.json](../manifests/monitoring/dashboard.json) shows the metrics in Grafana
([a picture](#the-dashboard)); [runbook.md](runbook.md) has the alerts.

## gracekeeper

${rows(ours)}

The buckets of \`gracekeeper_decision_duration_seconds\`, in seconds: ${buckets.join(", ")}.

\`gracekeeper_ca_*\` exist only with own certificates (\`--ca-secret\`), \`gracekeeper_namespaces_*\` only with access
to the API server, and \`gracekeeper_probe_success\` only with the component \`probe\` ([probe.md](probe.md)).

## The API server

The API server counts webhook calls by the name of the webhook entry. \`{name=~".+[.]gracekeeper[.]dev"}\` selects all
entries of gracekeeper. \`type\` is \`validating\` or \`admit\` (mutating). Only the duration metric is stable by the
rules of Kubernetes; the other metrics are alpha, and have these names from 1.30 to 1.37.

${rows(API_SERVER_METRICS)}

## Node.js and the process

\`process_*\` and \`nodejs_*\` are the metrics of the library
([@prometheus-io/client](https://github.com/prometheus/client_js)). These metrics differ by operating system and by
version of Node.js.

## The dashboard

![The panels of the dashboard; the events of the run stand below the panels](dashboard.svg)

\`npm run dashboard\` drew this picture without Grafana. The picture has the panels of dashboard.json at their places.
The data is from a run of seven minutes on one machine (a real API server, two to three replicas, ten creates a second).
`;
}

runPage(import.meta.url, { file: PAGE, text: page });
