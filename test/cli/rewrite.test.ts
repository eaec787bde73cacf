import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { applyPatch } from "diff";
import t, { type Test } from "tap";
import { writeText } from "../../src/cli/rewrite/write-file.ts";
import { command, type Ended } from "./commands.ts";
import "../patience.ts";

/** `gracekeeper fix` and `gracekeeper inject` on files. */

const FIXABLE = `# kept
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 10 # short
  containers:
  - name: web
    lifecycle:
      preStop:
        exec:
          command: ["sleep", "15"]
`;
const FIXED = FIXABLE.replace(": 10 #", ": 25 #");
const BY_HAND = FIXABLE.replace(/exec:\n.*/, "tcpSocket: {port: 80}");
const BARE = `kind: Pod
apiVersion: v1
metadata: {name: web}
spec:
  containers:
  - name: web
`;
const INJECTED = BARE.replace(
  / {2}containers:[\s\S]*/,
  `  terminationGracePeriodSeconds: 40
  containers:
  - name: web
    lifecycle:
      preStop:
        sleep:
          seconds: 10
`,
);

interface Folder {
  readonly run: (args: string, input?: string) => Promise<Ended>;
  readonly read: (file: string) => string;
  readonly path: (file: string) => string;
}

function folder(t: Test, files: Parameters<Test["testdir"]>[0]): Folder {
  t.testdir(files);
  const path = (file: string): string => join(t.testdirName, file);
  return {
    run: (args, input = "") => command(args.split(" "), { cwd: t.testdirName, input }),
    read: (file) => readFileSync(path(file), "utf8"),
    path,
  };
}

t.test("without --write, fix prints a diff and writes nothing", async (t) => {
  const { run, read } = folder(t, { "a b.yaml": FIXABLE, "good.yaml": FIXED });
  const { status, stdout, stderr } = await run("fix .");
  t.equal(status, 1);
  t.equal(stderr, "1 finding can be fixed in 1 file. Add --write to change the files.\n");
  t.equal(
    stdout,
    `--- a/a b.yaml\t
+++ b/a b.yaml\t
@@ -3,7 +3,7 @@
 kind: Pod
 metadata: {name: web}
 spec:
-  terminationGracePeriodSeconds: 10 # short
+  terminationGracePeriodSeconds: 25 # short
   containers:
   - name: web
     lifecycle:
`,
  );
  t.equal(applyPatch(FIXABLE, stdout), FIXED);
  t.equal(read("a b.yaml"), FIXABLE);
  t.equal((await run("fix good.yaml")).status, 0);
  t.equal((await run("fix good.yaml")).stderr, "Nothing to fix in 1 file.\n");
});

t.test("--write writes the whole file, keeps its mode, and follows links", async (t) => {
  const { run, read, path } = folder(t, { files: { "web.yaml": FIXABLE } });
  symlinkSync("files/web.yaml", path("link.yaml"));
  chmodSync(path("files/web.yaml"), 0o646);
  const { status, stdout, stderr } = await run("fix --write link.yaml");
  t.same([status, stdout, stderr], [0, "", "1 finding fixed in 1 file.\n"]);
  t.equal(read("files/web.yaml"), FIXED);
  t.ok(lstatSync(path("link.yaml")).isSymbolicLink(), "the link is still one");
  t.equal(statSync(path("files/web.yaml")).mode & 0o777, 0o646);
  t.same(readdirSync(path("files")), ["web.yaml"], "nothing is left beside it");
  t.match(await run("fix --write link.yaml"), { status: 0, stderr: "Nothing to fix in 1 file.\n" });
});

t.test("a file in UTF-16 is written in UTF-16", async (t) => {
  const { run, path } = folder(t, {});
  const inBoth = (text: string): readonly Buffer[] => {
    const little = Buffer.from(`\uFEFF${text}`, "utf16le");
    return [little, Buffer.from(little).swap16()];
  };
  for (const [index, before] of inBoth(FIXABLE).entries()) {
    writeFileSync(path("web.yaml"), before);
    t.match(await run("fix --write web.yaml"), { status: 0, stderr: "1 finding fixed in 1 file.\n" });
    t.same(readFileSync(path("web.yaml")), inBoth(FIXED)[index]);
  }
});

t.test("a link that leads out of a folder is followed only if it is an argument itself", async (t) => {
  const { run, read, path } = folder(t, {
    deploy: { sub: { "web.yaml": FIXABLE } },
    "deploy-old": { "old.yaml": FIXABLE },
    shared: { "out.yaml": FIXABLE, "bare.yaml": BARE },
    "good.yaml": FIXED,
  });
  symlinkSync("sub/web.yaml", path("deploy/inside.yaml"));
  symlinkSync(path("shared/out.yaml"), path("deploy/out.yaml"));
  symlinkSync("../deploy-old/old.yaml", path("deploy/sibling.yaml"));
  symlinkSync("out.yaml", path("deploy/through.yaml"));
  symlinkSync("../good.yaml", path("deploy/unchanged.yaml"));
  symlinkSync("loop.yaml", path("deploy/loop.yaml"));
  symlinkSync("../shared", path("deploy/folder"));
  symlinkSync("..", path("deploy/cycle"));
  symlinkSync("deploy", path("link"));
  const refused = (name: string, target: string): string =>
    `gracekeeper: link/${name}: this link points out of link, so its target ${path(target)} was not changed. To change the target, give the path of the link as an argument.`;
  const { status, stderr } = await run("fix --write link");
  t.equal(status, 2);
  t.same(
    stderr.split("\n").filter((line) => line.startsWith("gracekeeper: ")),
    [
      "gracekeeper: link/loop.yaml: this path cannot be read (ELOOP). Check its permissions.",
      refused("out.yaml", "shared/out.yaml"),
      refused("sibling.yaml", "deploy-old/old.yaml"),
      refused("through.yaml", "shared/out.yaml"),
    ],
  );
  t.equal(read("deploy/sub/web.yaml"), FIXED, "the link inside, and the folder that is given is one");
  for (const file of ["shared/out.yaml", "deploy-old/old.yaml"]) t.equal(read(file), FIXABLE, file);
  symlinkSync("../shared/bare.yaml", path("deploy/bare.yaml"));
  t.match(await run("inject --write deploy/"), {
    status: 2,
    stderr: /deploy\/bare\.yaml: this link points out of deploy\/, /,
  });
  t.equal(read("shared/bare.yaml"), BARE);
  t.match(await run("fix --write deploy/out.yaml"), { status: 0, stderr: "1 finding fixed in 1 file.\n" });
  t.equal(read("shared/out.yaml"), FIXED);
});

t.test("audit findings are fixed only on request", async (t) => {
  const { run, read } = folder(t, { "web.yaml": FIXABLE });
  t.equal((await run("fix --write --show audit web.yaml")).status, 0);
  t.equal(read("web.yaml"), FIXED.replace(/exec:\n +command.*/, "sleep:\n          seconds: 15"));
});

t.test("findings that cannot be fixed are printed with place and reason", async (t) => {
  const { run } = folder(t, { "web.yaml": BY_HAND });
  const { status, stderr } = await run("fix --write web.yaml");
  t.equal(status, 1);
  t.match(
    stderr,
    /^web\.yaml:10:7: not fixed, because only the author knows the purpose of the hook: container "web": /,
  );
  t.match(stderr, /\[hook-cannot-run\]\n0 findings fixed in 0 files, 1 to be fixed by hand\.\n$/);
});

t.test("for standard input, the fixed text is written to standard output", async (t) => {
  const { run } = folder(t, {});
  t.match(await run("fix --write -", FIXABLE), { status: 0, stdout: FIXED });
  t.match(await run("fix --write -", FIXED), { status: 0, stdout: FIXED });
  t.match(await run("fix -", FIXABLE), { status: 1, stdout: /^--- a\/stdin\n/ });
});

t.test("a Namespace in the input is used with its fixes", async (t) => {
  const limit = (seconds: string): string =>
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {gracekeeper.dev/max-grace-seconds: "${seconds}"}}\n`;
  const long = FIXED.replace("{name: web}", "{name: web, namespace: shop}").replace(": 25", ": 90");
  const { run, read } = folder(t, { "ns.yaml": limit("60s"), "web.yaml": long });
  t.match(await run("fix --write web.yaml ns.yaml"), { status: 0 });
  t.equal(read("ns.yaml"), limit("60"));
  t.equal(read("web.yaml"), long.replace(": 90", ": 60"));
  t.match(await run("fix web.yaml ns.yaml"), { status: 0, stdout: "" });
});

t.test("inputs that cannot be read are reported, and the others are fixed", async (t) => {
  const files = {
    "bad.yaml": "a: [1\nb: }\n",
    "binary.yaml": "a\0b",
    "foreign.yaml": "a: 1\n",
    "half.yaml": `kind: Pod\nspec: {}\n---\n${FIXABLE}`,
    "template.yaml": "kind: Pod\nmetadata: {name: {{ .Values.name }} }\n",
    "web.yaml": FIXABLE,
  };
  const { run, read } = folder(t, { ...files, chart: { "Chart.yaml": "name: a\n" }, empty: {} });
  const names = ["nowhere.yaml", "chart", "empty", ...Object.keys(files)];
  const { status, stderr } = await run(`fix --write ${names.join(" ")}`);
  t.equal(status, 2);
  const faults = stderr.split("\n").filter((line) => line.startsWith("gracekeeper: "));
  for (const name of names.filter((one) => one !== "web.yaml"))
    t.equal(faults.filter((line) => line.startsWith(`gracekeeper: ${name}`)).length, 1, name);
  t.equal(read("web.yaml"), FIXED);
  t.equal(read("half.yaml"), `kind: Pod\nspec: {}\n---\n${FIXED}`);
  for (const name of ["bad.yaml", "binary.yaml", "foreign.yaml", "template.yaml"] as const)
    t.equal(read(name), files[name]);
  t.match(await run("fix --diff --write web.yaml"), { status: 2, stderr: /cannot be used with/ });
  t.match(await run("fix"), { status: 2, stderr: /missing required argument/ });
});

t.test("a read-only file is not changed", async (t) => {
  const { run, read, path } = folder(t, { "web.yaml": FIXABLE, "good.yaml": FIXED, "changed.yaml": "new\n" });
  chmodSync(path("web.yaml"), 0o444);
  chmodSync(path("good.yaml"), 0o444);
  t.match(await run("fix --write web.yaml good.yaml"), {
    status: 2,
    stderr: /^gracekeeper: web\.yaml: this file is read-only and was not changed\. .*\n$/,
  });
  t.equal(read("web.yaml"), FIXABLE);
  await t.rejects(
    writeText({ name: path("changed.yaml") }, "old\n", "newer\n"),
    /this file has changed since gracekeeper read it/,
  );
  await t.rejects(
    writeText({ name: path("gone.yaml") }, "old\n", "new\n"),
    /this file cannot be written \(ENOENT\)/,
  );
  await t.rejects(writeText({ name: "/dev/null" }, "", "new\n"), /only regular files can be written/);
  t.equal(read("changed.yaml"), "new\n");
  t.same(readdirSync(path(".")).sort(), ["changed.yaml", "good.yaml", "web.yaml"]);
});

t.test(
  "a file in a read-only folder is not changed",
  { skip: process.getuid?.() === 0 && "root may write everywhere" },
  async (t) => {
    const { run, read, path } = folder(t, { locked: { "web.yaml": FIXABLE } });
    chmodSync(path("locked"), 0o555);
    t.match(await run("fix --write locked/web.yaml"), { status: 2, stderr: /cannot be written \(EACCES\)/ });
    t.equal(read("locked/web.yaml"), FIXABLE);
    chmodSync(path("locked"), 0o755);
  },
);

t.test("inject adds what the webhook would add, and names the pods that it does not change", async (t) => {
  const job =
    "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {template: {spec: {containers: [{name: a}]}}}\n";
  const { run, read } = folder(t, { "web.yaml": BARE + job });
  t.match(await run("inject web.yaml"), {
    status: 1,
    stdout: /^--- a\/web\.yaml\n/,
    stderr: /\nNothing was written\. Add --write to change the files\.\n$/,
  });
  const { status, stdout, stderr } = await run("inject --write web.yaml");
  t.same([status, stdout], [0, ""]);
  t.equal(
    stderr,
    `web.yaml:4:1: Pod "web": container "web": added preStop sleep 10s, grace 40s (30 + 10 added)
web.yaml:11:19: Job "j": nothing added: pods of a Job are not changed
`,
  );
  t.equal(read("web.yaml"), INJECTED + job);
  t.match(await run("inject web.yaml"), {
    status: 0,
    stdout: "",
    stderr: /nothing added: every container has a preStop hook/,
  });
  t.match(await run("inject --kubernetes-version 1.29 -", BARE), {
    status: 0,
    stdout: "",
    stderr: /nothing added: Kubernetes 1.29 has no sleep/,
  });
  t.match(await run("inject --write nowhere.yaml -", BARE), { status: 2, stdout: INJECTED });
  t.match(await run("inject -", "apiVersion: v1\nkind: ConfigMap\n"), {
    status: 0,
    stdout: "",
    stderr: /^Nothing to add\.\n$/,
  });
});
