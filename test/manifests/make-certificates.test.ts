import { spawnSync } from "node:child_process";
import { type KeyObject, X509Certificate } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { type Test } from "tap";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { DEEP } from "../cases.ts";
import "../patience.ts";

const SCRIPT = fileURLToPath(new URL("../../certs/make.sh", import.meta.url));

/** All programs that certs/make.sh may use, except kubectl. */
const PROGRAMS = "awk cat cmp cp cut date dirname mkdir mktemp mv openssl rm sed sh sort tail".split(" ");

const DAY = 86_400_000;

/** The longest validity that browsers and macOS accept. The API server could introduce the same limit. */
const LONGEST_DAYS = 825;

/**
 * A stand-in for kubectl. FAKE/bundle has the caBundle of each entry, and FAKE/down has an error. Without both files
 * nothing is installed.
 */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" >>"$FAKE/calls"
if [ -e "$FAKE/down" ]; then cat "$FAKE/down" >&2; exit 1; fi
case "$*" in *webhookconfiguration*) if [ -e "$FAKE/bundle" ]; then cat "$FAKE/bundle"; fi ;; esac
`;

/** The script is run in sh, which is dash on Debian, and in busybox. */
const shells: readonly (readonly string[])[] = [
  ["sh"],
  ...(process.env["BUSYBOX"] ? [[process.env["BUSYBOX"], "sh"]] : []),
];

if (onPath("openssl") === undefined) t.pass("openssl is not installed", { skip: "needs openssl" });
else if (DEEP) for (const shell of shells) t.test(shell.join(" "), (t) => checks(t, [shell]));
else t.test("certs/make.sh, each case in another shell", (t) => checks(t, shells));

/** An empty checkout and an empty fake cluster. */
function place(folder: string, shell: readonly string[]) {
  const bin = join(folder, "bin");
  const fake = join(folder, "cluster");
  for (const path of [bin, fake, join(folder, "certs")]) mkdirSync(path, { recursive: true });
  for (const program of PROGRAMS) symlinkSync(onPath(program) ?? program, join(bin, program));
  writeFileSync(join(bin, "kubectl"), KUBECTL);
  chmodSync(join(bin, "kubectl"), 0o755);
  copyFileSync(SCRIPT, join(folder, "certs/make.sh"));
  const [program = "sh", ...before] = shell;
  const tls = (file: string) => join(folder, "manifests/tls", file);
  const text = (file: string) => readFileSync(tls(file), "utf8");
  return {
    make: (...args: readonly string[]) => {
      const all = [...before, join(folder, "certs/make.sh"), ...args];
      const { status, stdout, stderr } = spawnSync(onPath(program) ?? program, all, {
        encoding: "utf8",
        env: { PATH: bin, FAKE: fake },
      });
      return { status, stdout, stderr };
    },
    tls,
    text,
    key: join(folder, "certs/ca.key"),
    bundle: () => certificates(text("ca.crt")),
    leaf: () => new X509Certificate(text("tls.crt")),
    renewable: () => {
      for (const file of ["tls.crt", "tls.key"]) rmSync(tls(file));
    },
    /** Sets caBundle of every entry in the fake cluster. */
    publish: (pem: string) =>
      writeFileSync(join(fake, "bundle"), `${Buffer.from(pem).toString("base64")}\n`.repeat(6)),
    down: (reason: string) => writeFileSync(join(fake, "down"), reason),
    withoutKubectl: () => rmSync(join(bin, "kubectl")),
    calls: () => readFileSync(join(fake, "calls"), "utf8").trim().split("\n"),
  };
}

async function checks(t: Test, shells: readonly (readonly string[])[]): Promise<void> {
  let count = 0;
  const at = (t: Test) => place(t.testdir(), shells[count++ % shells.length] as readonly string[]);

  t.test("a first installation makes a CA and a certificate signed by it", async (t) => {
    const here = at(t);
    const { status, stdout, stderr } = here.make();
    t.same([status, stderr], [0, ""]);
    const [ca] = here.bundle();
    const leaf = here.leaf();
    t.ok(ca?.ca && ca.verify(ca.publicKey) && leaf.verify(ca.publicKey));
    for (const name of ["gracekeeper.gracekeeper.svc", "gracekeeper.gracekeeper.svc.cluster.local"])
      t.equal(leaf.checkHost(name, { subject: "never" }), name);
    t.equal(leaf.checkHost("gracekeeper.other.svc", { subject: "never" }), undefined);
    t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    t.equal(leaf.ca, false);
    t.same(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"], "extended key usage serverAuth and nothing else");
    const hour = DAY / 24;
    t.ok(Date.parse(leaf.validFrom) < Date.now() - hour / 2, "valid from some time ago: clocks differ");
    const days = (Date.parse(leaf.validTo) - Date.now()) / DAY;
    t.ok(days > 364 && days <= LONGEST_DAYS, `${days} days`);
    t.match(stdout, `The serving certificate ends on ${leaf.validTo}.`);
    for (const key of [here.tls("tls.key"), here.key]) t.equal(statSync(key).mode & 0o777, 0o600, key);
    t.same(
      readdirSync(here.tls("")).sort(),
      ["ca.crt", "tls.crt", "tls.key"],
      "and nothing else is left there",
    );
  });

  t.test("the path of the checkout may be long, and have spaces and $ in it", async (t) => {
    const folder = join(t.testdir(), "a $HOME #1", "long".repeat(50));
    const here = place(folder, shells[0] as readonly string[]);
    const { status, stderr } = here.make();
    t.same([status, stderr], [0, ""]);
    t.ok(here.leaf().verify(here.bundle()[0]?.publicKey as KeyObject));
  });

  t.test("a second run overwrites nothing, and a renewal keeps the CA", async (t) => {
    const here = at(t);
    here.make();
    const before = ["ca.crt", "tls.crt", "tls.key"].map(here.text);
    const again = here.make();
    t.equal(again.status, 0, again.stderr);
    t.match(again.stdout, "Kept the serving certificate");
    t.same(["ca.crt", "tls.crt", "tls.key"].map(here.text), before);
    here.renewable();
    t.equal(here.make().status, 0);
    t.equal(here.text("ca.crt"), before[0]);
    t.not(here.text("tls.crt"), before[1]);
    t.ok(here.leaf().verify(new X509Certificate(here.text("ca.crt")).publicKey));
  });

  t.test("--new-ca: the new CA signs, and the old CA stays in the bundle", async (t) => {
    const here = at(t);
    here.make();
    const [old] = here.bundle();
    const oldLeaf = here.leaf();
    const { status, stdout, stderr } = here.make("--new-ca");
    t.same([status, stderr], [0, ""]);
    t.match(stdout, "Made a CA and a serving certificate");
    const bundle = here.bundle();
    t.equal(bundle.length, 2);
    t.equal(bundle[1]?.fingerprint256, old?.fingerprint256);
    for (const leaf of [oldLeaf, here.leaf()])
      t.equal(bundle.filter((ca) => leaf.verify(ca.publicKey)).length, 1, "each leaf is trusted");
    t.ok(here.leaf().verify((bundle[0] as X509Certificate).publicKey), "the CA with the key comes first");
  });

  t.test("CAs that the cluster trusts are kept once each, except expired or unreadable ones", async (t) => {
    const here = at(t);
    here.make();
    const [own = ""] = pems(here.text("ca.crt"));
    const other = makeCertificate().cert;
    const ended = makeCertificate(new Date(0)).cert;
    const damaged = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    here.publish(`${ended}${other}${damaged}${own}${other}`);
    const { status, stdout } = here.make();
    t.equal(status, 0);
    t.match(stdout, "trusts today (1)");
    t.same(pems(here.text("ca.crt")), [own, other]);
    t.ok(
      here.calls().every((call) => call.startsWith("get ")),
      "the cluster is only read",
    );
  });

  t.test(
    "another checkout without the key makes a new CA only with --new-ca, and both CAs are trusted",
    async (t) => {
      const here = at(t);
      const trusted = makeCertificate().cert;
      here.publish(trusted);
      const { status, stdout, stderr } = here.make();
      t.same([status, stdout], [2, ""]);
      t.match(stderr, /^certs\/make\.sh: a CA is trusted already \(.*\), but its key .*--new-ca.*\n$/);
      t.notOk(existsSync(here.key));
      t.equal(here.make("--new-ca").status, 0);
      t.equal(here.bundle().length, 2);
      t.same(pems(here.text("ca.crt")).slice(1), [trusted]);
    },
  );

  t.test("another checkout with the key gets the CA certificate from the cluster", async (t) => {
    const here = at(t);
    here.make();
    const before = here.text("ca.crt");
    const other = makeCertificate().cert;
    here.publish(`${other}${before}`);
    for (const file of ["ca.crt", "tls.crt", "tls.key"]) rmSync(here.tls(file));
    const { status, stderr } = here.make();
    t.equal(status, 0, stderr);
    t.same(pems(here.text("ca.crt")), [...pems(before), other]);
    t.ok(here.leaf().verify((here.bundle()[0] as X509Certificate).publicKey));
  });

  t.test(
    "if the cluster does not answer, nothing is replaced, and a renewal goes on with a message",
    async (t) => {
      const here = at(t);
      here.down("details\nThe connection to the server localhost:8080 was refused\n");
      const { status, stderr } = here.make();
      t.equal(status, 2);
      t.match(stderr, "(The connection to the server localhost:8080 was refused)");
      t.match(stderr, "--new-ca");
      t.equal(here.make("--new-ca").status, 0);
      here.renewable();
      const renewed = here.make();
      t.equal(renewed.status, 0, renewed.stderr);
      t.match(renewed.stdout, "The cluster was not asked which CAs it trusts");
      here.withoutKubectl();
      t.match(here.make().stdout, "(kubectl is not installed)");
    },
  );

  t.test(
    "contradictory files cause exit code 2 and an error of one line, and nothing is written",
    async (t) => {
      const here = at(t);
      here.make();
      const refused = (reason: RegExp, ...args: readonly string[]) => {
        const before = readdirSync(here.tls("")).map((file) => here.text(file));
        const { status, stdout, stderr } = here.make(...args);
        t.same([status, stdout], [2, ""], String(reason));
        t.match(stderr, new RegExp(`^certs/make\\.sh: .*${reason.source}.*\\n$`));
        t.same(
          readdirSync(here.tls("")).map((file) => here.text(file)),
          before,
        );
      };
      refused(/got "--force"/, "--force");
      refused(/got "--new-ca now"/, "--new-ca", "now");
      const [ca, key] = [here.text("ca.crt"), here.text("tls.key")];
      rmSync(here.tls("tls.key"));
      refused(/tls\.crt exists, but tls\.key does not\. Restore/);
      writeFileSync(here.tls("tls.key"), key);
      rmSync(here.tls("ca.crt"));
      refused(/its certificate is not in manifests\/tls\/ca\.crt or in the cluster/);
      writeFileSync(here.tls("ca.crt"), ca);
      writeFileSync(here.tls("tls.crt"), makeCertificate().cert);
      refused(/another CA signed it\. Delete/);
      writeFileSync(here.key, "damaged");
      refused(/ca\.key cannot be read as a key/);
      rmSync(here.key);
      refused(/its key is not in certs\/ca\.key/);
    },
  );
}

function pems(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----\n[^-]*-----END CERTIFICATE-----\n/g) ?? [];
}

function certificates(text: string): readonly X509Certificate[] {
  return pems(text).map((pem) => new X509Certificate(pem));
}

function onPath(program: string): string | undefined {
  if (program.includes("/")) return program;
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}
