import { readFileSync } from "node:fs";
import t from "tap";
import { API_SERVER_METRICS, OUR_METRICS, PAGE, page } from "../../tools/docs/metrics-page.ts";
import { testServer } from "../helper.ts";
import "../patience.ts";

t.test("docs/metrics.md is up to date (node tools/docs/metrics-page.ts --write)", async (t) => {
  t.equal(readFileSync(PAGE, "utf8"), page());
});

t.test("docs/metrics.md has the names and types of a replica's metrics", async (t) => {
  const { healthPort } = await testServer(t);
  const text = await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
  const seen = [...text.matchAll(/^# TYPE (gracekeeper_\S+) (\S+)$/gm)].map(([, name = "", type]) => ({
    name,
    type,
  }));
  t.ok(seen.length > 10, `${seen.length} metrics`);
  for (const { name, type } of seen) t.match(page(), `\n| \`${name}\` | ${type} | `, name);
  // The series for 500 and 503 exist from the start. Otherwise Prometheus would not see the first failure as an
  // increase.
  for (const status of [500, 503])
    t.match(text, `gracekeeper_refused_requests_total{status="${status}"} 0\n`);
});

t.test("metric names have our prefix and Prometheus units", async (t) => {
  const ours = OUR_METRICS.filter(({ name }) => name.startsWith("gracekeeper_"));
  for (const { name, type, help } of ours) {
    t.equal(name.endsWith("_total"), type === "counter", name);
    if (type === "histogram") t.match(name, /_seconds$/);
    t.match(help, /^[A-Z0-9].*\.$/, name);
  }
  for (const { name } of API_SERVER_METRICS) t.match(name, /^apiserver_admission_webhook_/);
});
