import { spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import t from "tap";
import type { Leaf } from "../../src/certs/sign.ts";
import { DEEP } from "../cases.ts";
import { until } from "../kube/helper.ts";
import { bundlesOf, contentOf, DAY, HOUR, install, refusals, SECRET } from "./helper.ts";
import { plainApi } from "./plain-api.ts";
import "../patience.ts";

const PROCESSES = 8;
const REPLICAS_EACH = DEEP ? 25 : 2;

/** Milliseconds. */
const LOAD = 60_000;

const WORKER = join(import.meta.dirname, "race-process.ts");

interface Told {
  readonly ca: string;
  readonly leaf: Leaf;
}

t.test(`${PROCESSES * REPLICAS_EACH} replicas in ${PROCESSES} processes agree on one CA`, async (t) => {
  for (const there of DEEP ? [true, false] : [true]) {
    const api = await plainApi(t);
    install(api);
    if (!there) api.objects.delete(SECRET);
    const all = Array.from({ length: PROCESSES }, () => {
      const child = spawn(process.execPath, [WORKER, `${api.port}`, `${REPLICAS_EACH}`], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      t.teardown(() => child.kill("SIGKILL"));
      const text = { stdout: "" };
      child.stdout.on("data", (piece) => (text.stdout += piece));
      return { child, text };
    });
    await until(() => all.every(({ text }) => text.stdout.startsWith("loaded")), LOAD);
    for (const { child } of all) child.stdin.end("go\n");
    await Promise.all(all.map(({ child }) => child.exitCode ?? once(child, "close")));
    const title = there ? "an empty Secret" : "no Secret";
    const told = all.flatMap(({ text }) =>
      text.stdout
        .split("\n")
        .slice(1, -1)
        .map((line) => JSON.parse(line) as Told),
    );
    t.equal(told.length, PROCESSES * REPLICAS_EACH, title);
    t.same([...new Set(told.map(({ ca }) => ca))], [contentOf(api).ca?.id], `${title}: one CA`);
    const leaves = told.map(({ leaf }) => leaf);
    t.equal(new Set(leaves.map(({ cert }) => cert)).size, told.length, `${title}: each has its own leaf`);
    const [entry] = bundlesOf(api);
    const now = Date.now();
    t.same(
      leaves.flatMap((leaf) => refusals(leaf, entry?.bundle ?? [], now)),
      [],
      `${title}: all are trusted`,
    );
    // Counts distinct versions of objects. An empty Secret does not count: several replicas may create one, and the
    // result is the same.
    const filled = api.objects.writes.filter(({ object }) => object["data"] ?? object["webhooks"]);
    const written = [...new Map(filled.map((one) => [one.object.metadata.resourceVersion, one])).values()];
    const made = written.filter(({ path }) => path === SECRET);
    t.equal(made.length, 2, `${title}: one wrote the CA, one that it signs`);
    t.equal(written.length, 4, `${title}: and one each configuration`);
    t.comment(`${title}: ${told.length} replicas, ${api.objects.conflicts} lost writes`);
  }
});

t.test("a serving certificate has the names, key usage and dates that clients require", async (t) => {
  const { makeAuthority, signLeaf } = await import("../../src/certs/sign.ts");
  const now = Date.now();
  const ca = await makeAuthority(now);
  const leaf = await signLeaf(ca, ["a.b.svc", "a"], now);
  const certificate = new X509Certificate(leaf.cert);
  t.equal(certificate.subjectAltName, "DNS:a.b.svc, DNS:a");
  t.same(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"], "for servers");
  t.equal(certificate.ca, false);
  t.match(certificate.publicKey.asymmetricKeyDetails, { namedCurve: "prime256v1" });
  t.ok(Math.abs(now - HOUR - certificate.validFromDate.getTime()) < 1000, "valid from an hour ago");
  t.ok(Math.abs(now + DAY - certificate.validToDate.getTime()) < 1000, "for a day");
  t.ok(certificate.validToDate.getTime() < ca.notAfter);
  t.ok(Math.abs(now - HOUR - ca.notBefore) < 1000, "and so is its CA");
  const late = new X509Certificate((await signLeaf(ca, ["a"], ca.notAfter - HOUR)).cert);
  t.equal(late.validToDate.getTime(), ca.notAfter, "it does not outlive its CA");
});
