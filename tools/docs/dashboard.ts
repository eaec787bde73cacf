/**
 * Makes manifests/monitoring/dashboard.json, a dashboard for Grafana: `node tools/docs/dashboard.ts --write`. Without
 * `--write` it prints the dashboard.
 */
import { fileURLToPath } from "node:url";
import { formatted } from "./configuration-page.ts";
import { runPage } from "./page.ts";

export const DASHBOARD_FILE = fileURLToPath(
  new URL("../../manifests/monitoring/dashboard.json", import.meta.url),
);

/** The type of a Grafana panel: the current number, or lines over time. */
type PanelType = "stat" | "timeseries";

/** A colour, and the lowest value that has the colour. The value of the first step is null. */
interface Step {
  readonly color: "green" | "orange" | "red";
  readonly value: number | null;
}

interface Panel {
  readonly type: PanelType;
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** The colours of a number, with the same thresholds as the alerts. */
  readonly steps?: readonly Step[];
  /** PromQL expressions, each with the legend for its lines. */
  readonly queries: Readonly<Record<string, string>>;
}

const OURS = 'name=~".+[.]gracekeeper[.]dev"';
const WAITED = `apiserver_admission_webhook_admission_duration_seconds_bucket{${OURS}}`;
const LATE = "apiserver_admission_webhook_rejection_count";
/** Grafana chooses this range from the width of the panel and the scrape interval. */
const RATE = "[$__rate_interval]";
const PROCESS = "* on (instance) group_left () max by (instance) (gracekeeper_build_info)";

type Field = Pick<Panel, "unit" | "steps">;

const stat = (title: string, query: string, field: Field, description: string): Panel => ({
  type: "stat",
  title,
  description,
  ...field,
  queries: { [query]: "" },
});

/** The thresholds of a panel: green from `value` on, and the colour `below` for lower values. */
const goodFrom = (value: number, below: Step["color"]): readonly Step[] => [
  { color: below, value: null },
  { color: "green", value },
];

/** The thresholds of a panel: green below `value`, and orange from `value` on. */
const goodUntil = (value: number): readonly Step[] => [
  { color: "green", value: null },
  { color: "orange", value },
];

const HOUR = 3600;
const DAY = 24 * HOUR;

const lines = (title: string, unit: string, queries: Panel["queries"], description: string): Panel => ({
  type: "timeseries",
  title,
  description,
  unit,
  queries,
});

export const PANELS: readonly Panel[] = [
  stat(
    "Replicas",
    "count(gracekeeper_build_info)",
    {
      unit: "none",
      steps: [
        { color: "red", value: null },
        { color: "orange", value: 1 },
        { color: "green", value: 2 },
      ],
    },
    "Replicas that Prometheus scrapes.",
  ),
  stat(
    "Reached",
    "max(gracekeeper_probe_success)",
    { unit: "bool_yes_no", steps: goodFrom(1, "red") },
    "The API server called gracekeeper for the last probe. Only with components/probe.",
  ),
  stat(
    "Last review",
    "time() - max(gracekeeper_last_review_timestamp_seconds > 0)",
    { unit: "s", steps: goodUntil(DAY) },
    "Time since the last decision.",
  ),
  stat(
    "Certificate left",
    "min(gracekeeper_certificate_not_after_timestamp_seconds) - time()",
    { unit: "s", steps: goodFrom(4 * HOUR, "red") },
    "The certificate of a replica that ends first. An own one lasts a day and is replaced with 8 hours left.",
  ),
  stat(
    "CA left",
    "min(gracekeeper_ca_not_after_timestamp_seconds > 0) - time()",
    { unit: "s", steps: goodFrom(30 * DAY, "orange") },
    "Only with own certificates. It is replaced with four months left.",
  ),
  stat(
    "CA published",
    "min(gracekeeper_ca_bundle_published)",
    { unit: "bool_yes_no", steps: goodFrom(1, "red") },
    "caBundle of every entry has the CA. Only with own certificates.",
  ),
  stat(
    "In sync",
    "min(gracekeeper_namespaces_synced)",
    { unit: "bool_yes_no", steps: goodFrom(1, "orange") },
    "Every replica watches namespaces.",
  ),
  stat(
    "Configurations",
    "count(count by (hash) (gracekeeper_configuration_info))",
    { unit: "none", steps: goodUntil(2) },
    "1 when all replicas use the same.",
  ),
  lines(
    "Decisions",
    "reqps",
    { [`sum by (mode, action) (rate(gracekeeper_decisions_total${RATE}))`]: "{{mode}} {{action}}" },
    "By mode and action, dry runs included.",
  ),
  lines(
    "Findings",
    "cps",
    { [`sum by (id, action) (rate(gracekeeper_findings_total${RATE}))`]: "{{id}} {{action}}" },
    "By id and the action of the decision.",
  ),
  lines(
    "Pods that got no sleep",
    "cps",
    {
      [`sum by (reason, owner) (rate(gracekeeper_injection_skipped_total${RATE}))`]: "{{reason}} {{owner}}",
    },
    "By reason, and by kind of owner where that is the reason.",
  ),
  lines(
    "API server waits, 99 of 100 calls",
    "s",
    { [`histogram_quantile(0.99, sum by (le, name) (rate(${WAITED}${RATE})))`]: "{{name}}" },
    "After 2 s it gives up. The smallest bucket ends at 5 ms.",
  ),
  lines(
    "A decision takes",
    "s",
    Object.fromEntries(
      [0.5, 0.99].map((share) => [
        `histogram_quantile(${share}, sum by (le) (rate(gracekeeper_decision_duration_seconds_bucket${RATE})))`,
        `${share * 100} of 100`,
      ]),
    ),
    "From the headers of a request to its answer.",
  ),
  // The panel shows totals, because a rate misses the first failure: the API server then creates the series with the
  // value 1.
  lines(
    "Calls without an answer, in all",
    "none",
    {
      [`sum by (name) (apiserver_admission_webhook_fail_open_count{${OURS}})`]: "{{name}} not checked",
      [`sum by (name) (${LATE}{${OURS},error_type="calling_webhook_error"})`]: "{{name}} refused",
    },
    "Counted by the API server since it started: a step up is a failure. Empty until there is one.",
  ),
  lines(
    "Requests without a decision",
    "reqps",
    { [`sum by (status) (rate(gracekeeper_refused_requests_total${RATE}))`]: "HTTP {{status}}" },
    "500 is a bug, 503 is load.",
  ),
  lines(
    "Memory",
    "bytes",
    { [`process_resident_memory_bytes ${PROCESS}`]: "{{instance}}" },
    "The limit of the manifests is 256 MiB.",
  ),
  lines(
    "Event loop, 99 of 100 turns",
    "s",
    { [`nodejs_eventloop_lag_p99_seconds ${PROCESS}`]: "{{instance}}" },
    "Above 0.1 s the process does not get the processor, or a request is expensive.",
  ),
];

/** The number of columns in a row of Grafana. */
const WIDTH = 24;
const SIZE: Readonly<Record<PanelType, { readonly w: number; readonly h: number }>> = {
  stat: { w: 3, h: 4 },
  timeseries: { w: 8, h: 8 },
};

// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana.
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

function placed(panels: readonly Panel[]): object[] {
  let x = 0;
  let y = 0;
  let height = 0;
  return panels.map(({ type, title, description, unit, steps, queries }, index) => {
    const { w, h } = SIZE[type];
    if (x + w > WIDTH || h !== height) {
      x = 0;
      y += height;
      height = h;
    }
    const gridPos = { x, y, w, h };
    x += w;
    const targets = Object.entries(queries).map(([expr, legendFormat], query) => ({
      refId: "AB"[query],
      expr,
      legendFormat,
      datasource: DATASOURCE,
    }));
    const thresholds = steps && { thresholds: { mode: "absolute", steps } };
    const fieldConfig = { defaults: { unit, min: 0, ...thresholds }, overrides: [] };
    return { id: index + 1, type, title, description, datasource: DATASOURCE, gridPos, fieldConfig, targets };
  });
}

/** The schema version of Grafana 11, which later versions also read. */
const SCHEMA_VERSION = 39;

export function dashboard(): object {
  return {
    title: "gracekeeper",
    uid: "gracekeeper",
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    refresh: "1m",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" }],
    },
    panels: placed(PANELS),
  };
}

runPage(import.meta.url, { file: DASHBOARD_FILE, text: () => formatted(dashboard()) });
