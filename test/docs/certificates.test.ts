import { existsSync, readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { createMetrics } from "../../src/server/telemetry/metrics.ts";

/**
 * Tests docs/certificates.md. The commands of the page run on a real API server in
 * test/api-server/certificates/check-switches.ts.
 */
const ROOT = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/certificates.md", ROOT), "utf8");

t.test("the server logs every event in docs/certificates.md", async (t) => {
  const folder = new URL("src/server/", ROOT);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.ts$/.test(file),
  );
  const source = files.map((file) => readFileSync(new URL(file, folder), "utf8")).join("\n");
  // The source does not contain the names of these two events, because the code composes the names.
  const made = ["ca-error", "ca-recovered"];
  const rows = text.slice(text.indexOf("| event |")).split("\n").slice(2);
  const events = rows
    .filter((row) => row.startsWith("|"))
    .flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`([a-z]+-[a-z-]+)`/g)].map(([, event = ""]) => event),
    );
  t.ok(events.length > 8);
  for (const event of events) t.ok(made.includes(event) || source.includes(`"${event}"`), event);
});

t.test("the metrics, files and YAML fields in docs/certificates.md exist", async (t) => {
  const { registry, ownCertificates } = createMetrics(() => 0);
  ownCertificates({ signer: undefined, published: false });
  const metrics = await registry.metrics();
  for (const [name] of text.matchAll(/\bgracekeeper_[a-z_]+\b/g)) t.ok(metrics.includes(name), name);
  for (const [, path = ""] of text.matchAll(/`((?:components|certs|manifests)\/[\w./-]+)`/g)) {
    const ignored = /\/(?:ca|tls)\.(?:crt|key)$/.test(path);
    const base = path.startsWith("components/") ? `manifests/${path}` : path;
    t.ok(ignored || existsSync(new URL(base, ROOT)), path);
  }
  for (const [, block = ""] of text.matchAll(/```yaml\n([\s\S]*?)```/g)) t.ok(parse(block).spec);
});
