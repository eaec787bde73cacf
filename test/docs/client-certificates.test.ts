import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { serveCommand } from "../../src/cli/serve/command.ts";
import { causeIn, reasonOf } from "../../src/kube/probe/causes.ts";
import { createMetrics } from "../../src/server/telemetry/metrics.ts";
import { block } from "./blocks.ts";
import { quotedIn, rowsOf } from "./page.ts";

/**
 * Tests docs/client-certificates.md. A real API server uses the first two files of the page in
 * test/api-server/check-callers.ts.
 */
const ROOT = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/client-certificates.md", ROOT), "utf8");

const yaml = (marker: string) => parse(block("docs/client-certificates.md", marker).text);

t.test(
  "the page adds the same options with kustomize and with Helm, and the server knows them",
  async (t) => {
    const [{ patches }, { extraArgs }] = [yaml("yaml install"), yaml("yaml helm")];
    const operations = parse(patches[0].patch) as { op: string; path: string; value: string }[];
    t.same(
      operations.map(({ value }) => value),
      extraArgs,
    );
    for (const { op, path } of operations)
      t.same([op, path], ["add", "/spec/template/spec/containers/0/args/-"]);
    const known = serveCommand().options.map(({ long }) => long);
    for (const option of extraArgs) t.ok(known.includes(option.split("=")[0]), option);
  },
);

t.test("the server logs every event in docs/client-certificates.md and has the metric", async (t) => {
  const folder = new URL("src/", ROOT);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.ts$/.test(file),
  );
  const source = files.map((file) => readFileSync(new URL(file, folder), "utf8")).join("\n");
  // The source does not contain the names of these two events, because the code composes them from the name of the
  // file.
  const made = ["client-ca-error", "client-ca-recovered"];
  const rows = rowsOf(text, "Messages");
  const events = rows.slice(0, -2).flatMap(([cell = ""]) => quotedIn(cell));
  t.equal(events.length, 5);
  for (const event of events) t.ok(made.includes(event) || source.includes(`event: "${event}"`), event);
  const metrics = await createMetrics(() => 0).registry.metrics();
  for (const [name] of text.matchAll(/\bgracekeeper_[a-z_]+\b/g)) t.ok(metrics.includes(name), name);
  const said = rows.slice(-2).flatMap(([cell = ""]) => quotedIn(cell));
  for (const one of said) t.match(reasonOf(causeIn(one)), /--client-ca/, one);
});
