import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { command, type Ended } from "./commands.ts";
import "../patience.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

const GOOD = "apiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec:\n  containers: [{name: web}]\n";
const BAD = GOOD.replace("good", "bad")
  .replace("spec:\n", "spec:\n  terminationGracePeriodSeconds: 10\n")
  .replace("{name: web}", "{name: web, lifecycle: {preStop: {sleep: {seconds: 10}}}}");
const WARNED = BAD.replace("sleep: {seconds: 10}", 'exec: {command: ["sleep 3"]}');

/** Writes files into the test's folder. The command runs in that folder. */
function checkIn(
  t: Test,
  files: Parameters<Test["testdir"]>[0],
): (args: string, input?: string, env?: NodeJS.ProcessEnv) => Promise<Ended> {
  const cwd = t.testdir(files);
  return (args, input = "", env = {}) => command(["check", ...args.split(" ")], { cwd, input, env });
}

t.test("the exit code depends on the findings", async (t) => {
  const check = checkIn(t, { "good.yaml": GOOD, "bad.yaml": BAD, "warned.yaml": WARNED });
  const code = async (args: string): Promise<number> => (await check(args)).status;
  t.equal(await code("warned.yaml"), 1);
  t.equal(await code("warned.yaml --fail-on deny"), 0);
  t.equal(await code("bad.yaml --fail-on never"), 0);
  t.equal(await code("good.yaml --kubernetes-version soon"), 2);
  const own = (...files: string[]): number | null =>
    spawnSync(process.execPath, [MAIN, "check", ...files], { cwd: t.testdirName }).status;
  t.equal(own("good.yaml"), 0);
  t.equal(own("bad.yaml"), 1);
  t.equal(own("bad.yaml", "nowhere.yaml"), 2, "2 beats 1");
});

t.test("line breaks in a file name make no lines in the output", async (t) => {
  const name = "\u001b[31m\n::warning::mine.yaml";
  t.testdir({ [name]: "a: [\n", "config.yaml": "a: [\n", "good.yaml": GOOD, [`good${name}`]: GOOD });
  const lines = async (...args: string[]): Promise<readonly string[]> => {
    const { stdout, stderr } = await command(args, { cwd: t.testdirName });
    return `${stdout}${stderr}`.split("\n");
  };
  for (const args of [
    ["check", name],
    ["check", `no${name}`],
    ["check", "--config", name, "good.yaml"],
    ["check", name, "-o", "github"],
    ["explain", name],
    ["explain", "good.yaml", `good${name}`],
    ["fix", name],
    ["inject", name],
    ["review", name],
  ])
    t.notOk(
      (await lines(...args)).find((line) => line.startsWith("::warning") || line.includes("\u001b")),
      args.join(" "),
    );
});

t.test("a duplicate key is reported on standard error, and does not change the exit code", async (t) => {
  const twice = GOOD.replace("spec:\n", "spec:\n  hostname: a\n  hostname: b\n");
  const { stderr, status } = await checkIn(t, { "twice.yaml": twice })("twice.yaml");
  t.equal(
    stderr,
    'gracekeeper: twice.yaml:6:3: note: the key "hostname" appears more than once in its mapping. kubectl uses the last value: remove the other keys.\n',
  );
  t.equal(status, 0);
});

t.test("a long report is written completely to a pipe", async (t) => {
  const check = checkIn(t, { "many.yaml": `${BAD}---\n`.repeat(300) });
  const { stdout } = await check("many.yaml -o json");
  const slowly = `"$0" "$1" check many.yaml -o json | { sleep 1; cat; }`;
  const piped = spawnSync("sh", ["-c", slowly, process.execPath, MAIN], {
    cwd: t.testdirName,
    encoding: "utf8",
  });
  t.ok(piped.stdout.length > 150_000);
  t.equal(piped.stdout, stdout);
});

t.test("a finding is printed with its line of the file", async (t) => {
  const check = checkIn(t, { deploy: { "bad.yaml": BAD, "other.yaml": "a: 1\n" } });
  const { stdout, stderr } = await check("deploy");
  t.equal(
    stdout,
    `deploy/bad.yaml:5:3: deny: Pod "bad"
  5 |   terminationGracePeriodSeconds: 10
    |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  container "web": preStop 10s fills the whole 10s grace; the API accepts this, but the stop signal comes only as the time runs out. Set spec.terminationGracePeriodSeconds: 20 (10 hook + 10 shutdown). [no-shutdown-time]

1 object in 2 files checked: 1 deny.
Not checked: 1 document that is not a Kubernetes object.
`,
  );
  t.equal(stderr, "");
  t.match((await check("deploy", "", { FORCE_COLOR: "1" })).stdout, "\u001b[31mdeny\u001b[39m");
  t.notMatch((await check("deploy", "", { NO_COLOR: "1" })).stdout, "\u001b[");
});

t.test("a report without findings does not look clean if something could not be checked", async (t) => {
  const check = checkIn(t, { "good.yaml": GOOD, "template.yaml": "a: {{ b }}\n" });
  t.equal(
    (await check("nowhere.yaml")).stdout,
    "Nothing was checked.\nCould not be checked: 1. See standard error.\n",
  );
  t.equal(
    (await check("good.yaml template.yaml")).stdout,
    "1 object in 2 files checked: nothing found.\nCould not be checked: 1. See standard error.\n",
  );
});

t.test("audit findings are printed with --show audit", async (t) => {
  const missing = GOOD.replace("{name: web}", "{name: web, ports: [{containerPort: 80}]}");
  const check = checkIn(t, { "missing.yaml": missing });
  t.match(
    (await check("missing.yaml")).stdout,
    /^1 object in 1 file checked: 1 audit \(--show audit shows them\)\.$/m,
  );
  const { stdout, status } = await check("missing.yaml --show audit");
  t.match(stdout, /^missing\.yaml:5:16: audit: Pod "good"$/m);
  t.equal(status, 0, "they are no failure");
});

t.test("one run reads standard input and a Namespace file, and writes several formats", async (t) => {
  const namespace =
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels: {gracekeeper.dev/validate: warn}\n";
  const check = checkIn(t, { "namespace.yaml": namespace });
  const inShop = BAD.replace("name: bad", "name: bad, namespace: shop");
  const { stdout, status } = await check(
    "- namespace.yaml -o json=out.json -o github -o sarif=out.sarif",
    inShop,
  );
  t.equal(status, 1);
  t.match(stdout, /^::warning file=stdin,line=5,endLine=5,col=3,endColumn=36,title=no-shutdown-time::/);
  const read = (file: string) => JSON.parse(readFileSync(join(t.testdirName, file), "utf8"));
  t.match(read("out.json"), {
    findings: [
      {
        id: "no-shutdown-time",
        action: "Warn",
        file: "stdin",
        line: 5,
        column: 3,
        endLine: 5,
        endColumn: 36,
        object: { kind: "Pod", name: "bad", namespace: "shop" },
        container: "web",
        path: "spec.terminationGracePeriodSeconds",
        fix: [{ target: "pod", path: "spec.terminationGracePeriodSeconds", value: 20 }],
      },
    ],
    faults: [],
    summary: { files: 2, objects: 2, deny: 0, warn: 1, audit: 0, ignored: 0, skipped: {}, foreign: 0 },
  });
  t.equal(read("out.sarif").runs[0].results.length, 1);
  t.match(
    (await check("- -o json -o github", GOOD)).stderr,
    /^gracekeeper: two formats cannot share standard output\./,
  );
  t.match(
    (await check("- -o json=no/where", GOOD)).stderr,
    /^gracekeeper: no\/where cannot be written \(ENOENT\)\./,
  );
});

t.test("files that cannot be checked get an error with a remedy, and other files are checked", async (t) => {
  const bomb = [..."bcdefghij"].reduce(
    (text, name, index) => `${text}${name}: &${name} [${`*${"abcdefghij"[index]}, `.repeat(9)}]\n`,
    "a: &a x\n",
  );
  const check = checkIn(t, {
    "bad.yaml": BAD,
    "syntax.yaml": "a: 1\n b: 2\n",
    "template.yaml": "kind: Pod\n{{- if .Values.x }}\na: 1\n{{- end }}\n",
    "bomb.yaml": bomb,
    "deep.yaml": "[".repeat(10_000),
    "large.yaml": "",
    chart: { "Chart.yaml": "name: web\n" },
    none: { "notes.txt": "" },
    "other.yaml": "a: 1\n",
    "binary.yaml": "",
  });
  truncateSync(join(t.testdirName, "large.yaml"), 100 * 1024 * 1024);
  writeFileSync(join(t.testdirName, "binary.yaml"), Buffer.from([0xff, 0xfe, 0]));
  const files =
    "syntax.yaml template.yaml bomb.yaml deep.yaml large.yaml chart none other.yaml binary.yaml gone.yaml";
  const { status, stdout, stderr } = await check(`${files} bad.yaml`);
  t.equal(status, 2);
  t.match(stdout, "[no-shutdown-time]");
  t.same(stderr.split("\n"), [
    "gracekeeper: syntax.yaml:1:4: this key has a value, and also keys below it. Correct the indentation of the next line, or remove the value.",
    'gracekeeper: template.yaml:2:1: this template is not rendered. Render the template first, for example with "helm template", and give the output.',
    "gracekeeper: bomb.yaml:1:1: the aliases of this document expand to too many values. Replace the aliases of this document by their values.",
    "gracekeeper: deep.yaml:1:1: the document is nested too deeply. No Kubernetes object is nested so deeply.",
    "gracekeeper: large.yaml: this is larger than 32 MiB. Split the file, and give its parts.",
    'gracekeeper: chart: this is a Helm chart, and its templates are not rendered. Pipe the output of "helm template chart" into this command, with - as the path.',
    "gracekeeper: none: there is no .yaml, .yml or .json file in this folder. Give a file, or another folder.",
    "gracekeeper: other.yaml: no Kubernetes object was found. Give manifests in YAML or JSON.",
    "gracekeeper: binary.yaml: this is not text in UTF-8. Give a manifest in YAML or JSON.",
    "gracekeeper: gone.yaml: there is no such file or folder. Correct the path.",
    "",
  ]);
  t.match(
    (await check("-")).stderr,
    /^gracekeeper: stdin: no Kubernetes object was found\. Did the command before the pipe fail\?$/m,
  );
});

t.test("a closed pipe causes no error message", async (t) => {
  t.testdir({ "many.yaml": `${BAD}---\n`.repeat(500) });
  const child = spawn(process.execPath, [MAIN, "check", "many.yaml"], {
    cwd: t.testdirName,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (text) => (stderr += text));
  child.stdout.once("data", () => child.stdout.destroy());
  const [code] = await once(child, "close");
  t.equal(code, 1);
  t.equal(stderr, "");
});

t.test("a full disk causes an error message", { skip: process.platform !== "linux" }, async (t) => {
  const full = openSync("/dev/full", "w");
  const { status, stderr } = spawnSync(process.execPath, [MAIN, "--help"], {
    stdio: ["ignore", full, "pipe"],
    encoding: "utf8",
  });
  closeSync(full);
  t.equal(status, 2);
  t.equal(stderr, "gracekeeper: standard output cannot be written (ENOSPC). Is the disk full?\n");
});

t.test("gracekeeper's manifests and good examples have no finding", async (t) => {
  const root = join(import.meta.dirname, "../..");
  const paths = ["manifests", "examples/fits.yaml", "examples/nginx.yaml", "examples/no-hook.yaml"];
  const own = await command(["check", ...paths], { cwd: root });
  t.equal(own.stderr, "");
  t.equal(own.status, 0, own.stdout);
});
