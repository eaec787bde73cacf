import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { WriteStream } from "node:tty";
import { stripVTControlCharacters } from "node:util";
import t from "tap";
import { terminalStyle, wrapped } from "../../src/cli/explain/terminal.ts";
import { explain } from "../../src/explain/explain.ts";
import { readEnding } from "../../src/explain/read-ending.ts";
import { explanationText } from "../../src/explain/text.ts";
import { createExplainer } from "../../src/server/explain/pool.ts";
import { testApp } from "../helper.ts";
import { valuesOf } from "../manifest/values.ts";
import { CONTEXT } from "../reviews.ts";
import { command, type Ended } from "./commands.ts";
import { MAIN } from "./processes.ts";
import "../patience.ts";

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLE = join(ROOT, "examples/long-drain.yaml");

function explained(...args: string[]): Promise<Ended> {
  return command(["explain", ...args]);
}

t.test("the command explain prints the answer of POST /explain", async (t) => {
  const explainer = createExplainer({ milliseconds: 60_000, heapMebibytes: 64, pending: 5 });
  t.teardown(() => explainer.close());
  const { app } = testApp(t, { explainer });
  const manifest = readFileSync(EXAMPLE, "utf8");
  for (const [query, ...args] of [
    ["on=delete"],
    ["on=spot&notice=30", "--on", "spot", "--notice", "30"],
    ["on=node-shutdown&shutdown=20&critical=5", "--on=node-shutdown", "--shutdown=20", "--critical=5"],
  ]) {
    const post = async (accept: string) =>
      (await app.inject({ method: "POST", url: `/explain?${query}`, payload: manifest, headers: { accept } }))
        .body;
    const text = await explained(...args, EXAMPLE);
    t.same(text, {
      status: 0,
      stdout: (await post("*/*")).replace("/explain?on=...", "--on ..."),
      stderr: "",
    });
    const json = JSON.parse((await explained(...args, "-o", "json", EXAMPLE)).stdout);
    const [{ file, ...document }] = json.documents;
    t.equal(file, EXAMPLE);
    t.same([document], JSON.parse(await post("application/json")).documents);
    t.equal((await explained(...args, "-o", "svg", EXAMPLE)).stdout, await post("image/svg+xml"));
  }
});

t.test("files, folders and standard input are explained, each with its name", async (t) => {
  const folder = t.testdir({
    "web.yaml": POD("web"),
    sub: { "db.yaml": POD("db") },
    "notes.txt": "no manifest",
  });
  const { stdout, status } = await explained(folder, EXAMPLE);
  t.equal(status, 0);
  t.same(stdout.match(/^==>.*/gm), [
    `==> ${folder}/sub/db.yaml <==`,
    `==> ${folder}/web.yaml <==`,
    `==> ${EXAMPLE} <==`,
  ]);
  const piped = spawnSync(process.execPath, [MAIN, "explain", "-"], {
    input: POD("piped"),
  });
  t.match(String(piped.stdout), /^Pod "piped", stopped by a plain delete/);
  const svg = (await explained("-o", "svg", "--theme", "dark", folder)).stdout;
  t.equal(svg.match(/class="paper"/g)?.length, 2, "pictures below each other");
  t.notMatch(svg, /@media/);
});

const POD = (name: string): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{name: web}]}\n`;

t.test("a Namespace in any input file is used, as in check", async (t) => {
  const namespace = (seconds: number): string =>
    `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {gracekeeper.dev/shutdown-seconds: "${seconds}"}}\n`;
  const folder = t.testdir({
    "a.yaml": POD("web").replace("{name: web}", "{name: web, namespace: shop}"),
    "b.yaml": namespace(25),
    "c.yaml": namespace(7),
  });
  const { stdout } = await explained(folder);
  t.match(
    stdout,
    'Pod "web", stopped by a plain delete: grace period 30s (Kubernetes\' default), app needs 25s',
    stdout,
  );
  t.match((await explained(join(folder, "a.yaml"))).stdout, /app needs 10s to shut down \(assumed\)/);
  const input = `${POD("x").replace("{name: x}", "{name: x, namespace: shop}")}---\n${namespace(3)}`;
  t.match(
    (await command(["explain", "-", join(folder, "c.yaml")], { input })).stdout,
    /app needs 3s to shut down \(annotation of the namespace\)/,
    "the first counts",
  );
});

t.test(
  "an input that cannot be explained gets an error of one line and exit code 2; other inputs are explained",
  async (t) => {
    const folder = t.testdir({ "bad.yaml": "a: [1\n", "empty.yaml": "# nothing\n", "web.yaml": POD("web") });
    mkdirSync(join(folder, "none"));
    writeFileSync(join(folder, "binary.yaml"), Buffer.from([0xff, 0xfe, 0]));
    for (const [name, line] of [
      ["bad.yaml", /:1:4: this \[ is not closed\. Close the bracket or quote\./],
      ["empty.yaml", /: the manifest has no document/],
      ["missing.yaml", /: there is no such file or folder/],
      ["none", /: there is no .yaml, .yml or .json file in this folder/],
      ["binary.yaml", /: this is not text in UTF-8/],
    ] as const) {
      const { status, stdout, stderr } = await explained(join(folder, name), join(folder, "web.yaml"));
      t.equal(status, 2, name);
      t.match(stderr, new RegExp(`^gracekeeper: ${join(folder, name)}${line.source}[^\n]*\n$`), name);
      t.match(stdout, /^Pod "web", stopped/, name);
    }
    for (const [args, line] of [
      [
        ["--on", "meteor"],
        "option '--on <ending>' argument 'meteor' is invalid. Allowed choices are delete, drain, ",
      ],
      [
        ["--on", "spot", "--grace", "5"],
        "--grace can be used with --on delete, --on drain, --on soft-eviction, not with --on spot.",
      ],
      [["-o", "png"], "option '-o, --output <format>' argument 'png' is invalid."],
      [["--kubernetes-version", "new"], '--kubernetes-version must be a version such as 1.37, not "new".'],
      [["--config", join(folder, "missing.yaml")], "there is no configuration file"],
    ] as const) {
      const { status, stdout, stderr } = await explained(...args, EXAMPLE);
      t.same([status, stdout], [2, ""], args.join(" "));
      t.ok(stderr.startsWith(`gracekeeper: ${line}`) && stderr.indexOf("\n") === stderr.length - 1, stderr);
    }
  },
);

t.test("a duplicate key is reported on standard error", async (t) => {
  const twice = POD("web").replace("spec: {", "spec: {hostname: a, hostname: b, ");
  const file = join(t.testdir({ "twice.yaml": twice }), "twice.yaml");
  const { status, stderr } = await explained(file);
  t.equal(status, 0);
  t.match(
    stderr,
    /^gracekeeper: [^\n]*twice.yaml:4:21: note: the key "hostname" appears more than once[^\n]*\n$/,
  );
});

t.test("explain uses --config and --kubernetes-version", async (t) => {
  const folder = t.testdir({
    "config.yaml":
      "apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\nkubernetesVersion: '1.29'\nshutdownSeconds: 7\n",
    "web.yaml": POD("web"),
  });
  const [config, manifest] = [join(folder, "config.yaml"), join(folder, "web.yaml")];
  const with129 = (await explained("--config", config, manifest)).stdout;
  t.match(with129, /app needs 7s to shut down \(configuration\)/);
  t.match(with129, /Injection would add nothing: /);
  t.match(
    (await explained("--config", config, "--kubernetes-version", "v1.37.2", manifest)).stdout,
    /would add:\n/,
  );
});

t.test("explain uses the terminal's width and colours", (t) => {
  const before = { ...process.env };
  t.teardown(() => {
    process.env = before;
  });
  process.env = { TERM: "xterm-256color" };
  const explanation = explain(valuesOf(readFileSync(EXAMPLE, "utf8")), CONTEXT, readEnding({}));
  const stream = (columns: number) =>
    Object.assign(Object.create(process.stdout), {
      columns,
      isTTY: true,
      getColorDepth: WriteStream.prototype.getColorDepth,
    });
  for (const columns of [60, 100, 180]) {
    const terminal = stream(columns);
    const coloured = wrapped(explanationText(explanation, terminalStyle(terminal)), terminal);
    t.match(coloured, "\u001b[1mPod", `${columns}: with colours`);
    const lines = stripVTControlCharacters(coloured).split("\n");
    const longest = Math.max(...lines.filter((line) => line.includes(" ")).map((line) => line.length));
    t.ok(longest <= columns, `${columns}: ${longest}`);
    const bar = lines.find((line) => line.includes("###")) ?? "";
    t.ok(bar.length > columns - 30, `${columns}: ${bar.length} columns are used`);
    process.env["NO_COLOR"] = "1";
    t.notMatch(
      explanationText(explanation, terminalStyle(terminal)),
      "\u001b",
      "without, if NO_COLOR is set",
    );
    delete process.env["NO_COLOR"];
  }
  t.end();
});
