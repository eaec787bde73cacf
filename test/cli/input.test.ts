import { execFileSync } from "node:child_process";
import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import t, { type Test } from "tap";
import { type Input, InputFault, inputsAt } from "../../src/cli/input.ts";
import "../patience.ts";

/** `NAME: TEXT` or `NAME: ERROR` of every input at these paths, with names relative to the test's folder. */
async function read(t: Test, ...paths: readonly string[]): Promise<readonly string[]> {
  const told: string[] = [];
  for await (const input of inputsAt(paths.map((path) => join(t.testdirName, path)))) {
    const text = input instanceof InputFault ? input : await input.read().catch((fault: unknown) => fault);
    told.push(text instanceof InputFault ? text.message : `${(input as { name: string }).name}: ${text}`);
  }
  return told.map((line) => line.replaceAll(`${t.testdirName}/`, ""));
}

t.test("a folder is searched for manifests in the order of names", async (t) => {
  t.testdir({
    deploy: {
      "b.yaml": "b",
      "a.YML": "a",
      "c.json": "c",
      "notes.txt": "n",
      deep: { "d.yaml": "d" },
      node_modules: { "x.yaml": "x" },
      ".git": { "x.yaml": "x" },
    },
    notes: "any name will do",
  });
  t.same(await read(t, "deploy", "notes"), [
    "deploy/a.YML: a",
    "deploy/b.yaml: b",
    "deploy/c.json: c",
    "deploy/deep/d.yaml: d",
    "notes: any name will do",
  ]);
});

t.test("an input that cannot be read gets an error with a remedy, and other inputs are read", async (t) => {
  t.testdir({
    "good.yaml": "\uFEFFgood",
    empty: { "notes.txt": "" },
    "large.yaml": "",
    many: { "a.yaml": "a", chart: { "Chart.yaml": "name: web", templates: { "x.yaml": "{{ x }}" } } },
  });
  const file = (name: string): string => join(t.testdirName, name);
  writeFileSync(file("binary.yaml"), Buffer.from([0x80, 0xff]));
  writeFileSync(file("zero.yaml"), "a\0b");
  truncateSync(file("large.yaml"), 100 * 1024 * 1024);
  symlinkSync(file("nowhere"), file("many/link.yaml"));
  const paths = ["nowhere.yaml", "empty", "binary.yaml", "zero.yaml", "large.yaml", "many", "good.yaml"];
  t.same(await read(t, ...paths), [
    "nowhere.yaml: there is no such file or folder. Correct the path.",
    "empty: there is no .yaml, .yml or .json file in this folder. Give a file, or another folder.",
    "binary.yaml: this is not text in UTF-8. Give a manifest in YAML or JSON.",
    "zero.yaml: this is not text in UTF-8. Give a manifest in YAML or JSON.",
    "large.yaml: this is larger than 32 MiB. Split the file, and give its parts.",
    "many/a.yaml: a",
    'many/chart: this is a Helm chart, and its templates are not rendered. Pipe the output of "helm template many/chart" into this command, with - as the path.',
    "many/link.yaml: there is no such file or folder. Correct the path.",
    "good.yaml: \uFEFFgood",
  ]);
});

t.test("UTF-16 with a byte order mark is read, as PowerShell 5 writes it", async (t) => {
  t.testdir({});
  const little = Buffer.from("\uFEFFgood \u{1F600}", "utf16le");
  writeFileSync(join(t.testdirName, "little.yaml"), little);
  writeFileSync(join(t.testdirName, "big.yaml"), Buffer.from(little).swap16());
  writeFileSync(join(t.testdirName, "half.yaml"), little.subarray(0, -1));
  t.same(await read(t, "little.yaml", "big.yaml", "half.yaml"), [
    "little.yaml: \uFEFFgood \u{1F600}",
    "big.yaml: \uFEFFgood \u{1F600}",
    "half.yaml: this is not text in UTF-8. Give a manifest in YAML or JSON.",
  ]);
});

t.test("the error for an empty path says that the path is empty", async (t) => {
  const { value } = await inputsAt([""]).next();
  t.match(value, { message: '"": this path is empty. Give a file or a folder. Is a shell variable unset?' });
});

/** The only input at a path. */
async function inputAt(path: string): Promise<Input> {
  const { value } = await inputsAt([path]).next();
  if (value === undefined || value instanceof InputFault) throw new Error(`${path} is no input`);
  return value;
}

t.test("a pipe is read once and keeps its text", async (t) => {
  t.testdir({});
  const pipe = join(t.testdirName, "pipe");
  execFileSync("mkfifo", [pipe]);
  const input = await inputAt(pipe);
  const [text] = await Promise.all([input.read(), writeFile(pipe, "a: 1\n")]);
  t.equal(text, "a: 1\n");
  t.equal(await input.read(), "a: 1\n");
});

t.test("reading stops at a limit for an endless file", async (t) => {
  await t.rejects((await inputAt("/dev/zero")).read(), { message: /larger than 32 MiB/ });
});
