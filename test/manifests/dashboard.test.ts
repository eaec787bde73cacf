import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { stringify } from "yaml";
import { formatted } from "../../tools/docs/configuration-page.ts";
import { DASHBOARD_FILE, dashboard } from "../../tools/docs/dashboard.ts";
import { API_SERVER_METRICS, metricsIn, OUR_METRICS } from "../../tools/docs/metrics-page.ts";
import { promtool, skip } from "./promtool.ts";
import "../patience.ts";

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
  }[];
}

const text = readFileSync(DASHBOARD_FILE, "utf8");
const { panels } = JSON.parse(text) as { panels: readonly Panel[] };
const queries = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

t.test("the dashboard file is up to date (node tools/docs/dashboard.ts --write)", async (t) => {
  t.equal(text, formatted(dashboard()));
});

t.test("promtool accepts each expression of the dashboard", { skip }, async (t) => {
  // The expressions are checked as recording rules, because every version of promtool can check rules.
  const rules = queries.map(({ expr }, index) => ({
    record: `panel:${index}`,
    expr: expr.replaceAll("$__rate_interval", "5m"),
  }));
  const file = join(t.testdir({}), "panels.yaml");
  writeFileSync(file, stringify({ groups: [{ name: "panels", rules }] }));
  const { status, output } = promtool("check", "rules", file);
  t.equal(status, 0, output);
  t.match(output, `${queries.length} rules found`);
});

t.test(
  "each metric of the dashboard exists in gracekeeper or the API server, with the labels that are used",
  async (t) => {
    const metrics = [...OUR_METRICS, ...API_SERVER_METRICS];
    const ofTarget = ["instance"];
    for (const { title, expr, legendFormat } of queries) {
      const named = metricsIn(expr).map((name) => metrics.find((metric) => metric.name === name));
      t.ok(named.length > 0 && !named.includes(undefined), `${title}: ${metricsIn(expr)}`);
      const labels = [...ofTarget, ...named.flatMap((metric) => metric?.labels ?? [])];
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        t.ok(labels.includes(label), `${title}: ${label}`);
        t.match(
          expr,
          new RegExp(`(by|on) \\([^)]*\\b${label}\\b`),
          `${title}: ${label} is left in the result`,
        );
      }
    }
  },
);

t.test("no panel of the dashboard covers another panel", async (t) => {
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  t.equal(new Set(cells).size, cells.length);
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
});
