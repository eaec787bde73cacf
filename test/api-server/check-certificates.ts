import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "./report.ts";

const DAY_MILLISECONDS = 86_400_000;

/** What browsers and macOS accept at most, and the API server may one day. */
const LONGEST_DAYS = 825;

/**
 * `certs/make.sh` in a copy of the repository's folders. It needs openssl, which is why this is not part of `npm test`.
 * Leaves a certificate there for the checks that follow.
 */
export async function checkCertificates(report: Report, folder: string): Promise<void> {
  const make = (...args: readonly string[]) => run("sh", [join(folder, "certs/make.sh"), ...args]);
  const tls = (file: string) => join(folder, "manifests/tls", file);
  const certificate = async (file: string) => new X509Certificate(await readFile(tls(file)));

  report.section("Certificates");
  await report.check("certs/make.sh makes a CA and a serving certificate", async () => {
    const { code, stdout, stderr } = await make();
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    const end = new Date((await certificate("tls.crt")).validTo).toISOString().slice(0, 10);
    assert.ok(stdout.includes(`It expires on ${end}.`), stdout);
  });
  await report.check(
    "the certificate is for the Service, by ECDSA P-256, and ends within 825 days",
    async () => {
      const leaf = await certificate("tls.crt");
      const names = ["gracekeeper.gracekeeper.svc", "gracekeeper.gracekeeper.svc.cluster.local"];
      for (const name of names) assert.equal(leaf.checkHost(name, { subject: "never" }), name);
      assert.equal(leaf.checkHost("gracekeeper.other.svc", { subject: "never" }), undefined);
      assert.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
      assert.equal(leaf.ca, false);
      assert.deepEqual(
        leaf.keyUsage,
        ["1.3.6.1.5.5.7.3.1"],
        "extended key usage serverAuth and nothing else",
      );
      const begins = Date.parse(leaf.validFrom);
      assert.ok(begins < Date.now() - DAY_MILLISECONDS / 48, "valid from some time ago: clocks differ");
      const days = (Date.parse(leaf.validTo) - Date.now()) / DAY_MILLISECONDS;
      assert.ok(days > 364 && days <= LONGEST_DAYS, `${days} days`);
      return `${Math.round(days)} days`;
    },
  );
  await report.check("the CA signed it, and is a CA", async () => {
    const ca = await certificate("ca.crt");
    assert.ok((await certificate("tls.crt")).verify(ca.publicKey));
    assert.ok(ca.ca && ca.verify(ca.publicKey));
  });
  await report.check(
    "keys are readable by their owner only, and the CA's is not beside the manifests",
    async () => {
      for (const key of [tls("tls.key"), join(folder, "certs/ca.key")]) {
        assert.equal((await stat(key)).mode & 0o777, 0o600, key);
      }
      await assert.rejects(stat(tls("ca.key")));
    },
  );
  await report.check("it refuses to overwrite, with exit code 2 and one line", async () => {
    const before = await readFile(tls("tls.crt"), "utf8");
    const { code, stdout, stderr } = await make();
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^certs\/make\.sh: manifests\/tls\/tls\.crt exists already\. .*\n$/);
    assert.equal(await readFile(tls("tls.crt"), "utf8"), before);
  });
  await report.check("a lost CA key is told, not worked around", async () => {
    await rm(tls("tls.crt"));
    await rm(tls("tls.key"));
    await rename(join(folder, "certs/ca.key"), join(folder, "lost"));
    const { code, stderr } = await make();
    await rename(join(folder, "lost"), join(folder, "certs/ca.key"));
    assert.equal(code, 2);
    assert.match(stderr, /^certs\/make\.sh: .*certs\/ca\.key does not\..*\n$/);
  });
  await report.check("a renewal keeps the CA, so that what is trusted stays the same", async () => {
    const ca = await readFile(tls("ca.crt"), "utf8");
    assert.equal((await make()).code, 0);
    assert.equal(await readFile(tls("ca.crt"), "utf8"), ca);
    assert.ok((await certificate("tls.crt")).verify(new X509Certificate(ca).publicKey));
  });
  await report.check("an argument it does not know ends it with exit code 2", async () => {
    const { code, stderr } = await make("--force");
    assert.equal(code, 2);
    assert.match(stderr, /^certs\/make\.sh: takes no arguments, but got "--force"\./);
  });
}

function run(program: string, args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(program, [...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}
