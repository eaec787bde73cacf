import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { structuredPatch } from "diff";
import t from "tap";
import { parse } from "yaml";
import "../patience.ts";
import { deviations } from "../manifests/entry-policy.ts";
import { parsed } from "../manifests/read.ts";
import { CHART, SKIP, share, template, type Values } from "./helm.ts";
import { VALUE_SETS } from "./value-sets.ts";

/**
 * The rendered chart for each set of values. The file for the default values is complete; the files for other sets are
 * diffs from the default. A changed template thus shows in code review. `npm run testdata` writes the files: read the
 * diff.
 */
const FOLDER = join(import.meta.dirname, "../testdata/chart");
const WRITE = process.env["WRITE_TESTDATA"] === "1";
const DEFAULT = "nothing";
/** Unusual names, because the chart must not assume the default ones. */
const RELEASE = { name: "stop", namespace: "platform" };
const CONTEXT_LINES = 2;

const fileOf = (name: string) =>
  join(FOLDER, name === DEFAULT ? "default.yaml" : `${name.replaceAll(/\W+/g, "-")}.diff`);

const { version } = parse(readFileSync(join(CHART, "Chart.yaml"), "utf8"));

/** Files that a template includes unchanged. Other tests compare the content of these files. */
const WHOLE_FILES = ["dashboard.json", "hooks.mjs", "rules.yaml"].map((name) => ({
  name,
  lines: readFileSync(join(CHART, "files", name), "utf8")
    .trimEnd()
    .split("\n"),
}));

/**
 * The text of each object, by its template, kind and position in the template. Names are not used as keys, because they
 * depend on the values.
 */
type Rendering = ReadonlyMap<string, string>;

function rendering(values: Values): Rendering {
  const { code, stdout, stderr } = template(values, RELEASE.name, RELEASE.namespace);
  if (code !== 0) throw new Error(stderr);
  // The chart's version is replaced, because otherwise each release would change every snapshot.
  const text = withoutFiles(stdout.replaceAll(version, "VERSION"));
  const objects = new Map<string, string>();
  for (const document of text.split(/^---\n(?=# Source: )/m).slice(1)) {
    const [source = "", ...lines] = document.split("\n");
    for (const object of lines.join("\n").split(/^---\n/m)) {
      const [kind] = /(?<=^kind: ).*/m.exec(object) ?? [];
      if (kind === undefined) continue;
      const key = `${source.replace("# Source: gracekeeper/templates/", "")} ${kind}`;
      const before = [...objects.keys()].filter((other) => other.startsWith(key)).length;
      objects.set(before === 0 ? key : `${key} ${before + 1}`, object.trim());
    }
  }
  return objects;
}

function withoutFiles(text: string): string {
  return WHOLE_FILES.reduce((rest, { name, lines: [first = "", ...others] }) => {
    const start = rest.split("\n").find((line) => line.trimStart() === first) ?? "";
    const indent = start.slice(0, start.length - first.length);
    const all = [first, ...others].map((line) => indent + line).join("\n");
    return start === "" ? rest : rest.replace(all, () => `${indent}(files/${name})`);
  }, text);
}

function whole(objects: Rendering): string {
  return [...objects].map(([key, text]) => `# ${key}\n${text}\n`).join("---\n");
}

/** Each object that was added, removed or changed. */
function difference(from: Rendering, to: Rendering): string {
  const gone = [...from.keys()].filter((key) => !to.has(key)).map((key) => `- ${key}\n`);
  const rest = [...to].flatMap(([key, text]) => {
    const before = from.get(key);
    if (before === undefined) return [`+ ${key}\n${text.replaceAll(/^/gm, "+")}\n`];
    return before === text ? [] : [`= ${key}\n${hunks(before, text)}\n`];
  });
  return [...gone, ...rest].join("\n");
}

/** The hunks of a diff, without line numbers: a new line would change all numbers below it. */
function hunks(before: string, after: string): string {
  const patch = structuredPatch("", "", `${before}\n`, `${after}\n`, "", "", { context: CONTEXT_LINES });
  return patch.hunks.map(({ lines }) => ["@@", ...lines].join("\n")).join("\n");
}

t.test("every value set renders its snapshot, without duplicate objects", { skip: SKIP }, async (t) => {
  const unchanged = rendering({});
  if (WRITE) {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER);
  }
  for (const [name, set] of WRITE ? Object.entries(VALUE_SETS) : share(Object.entries(VALUE_SETS))) {
    const objects = rendering(set);
    const text = name === DEFAULT ? whole(objects) : difference(unchanged, objects);
    if (WRITE) writeFileSync(fileOf(name), text);
    t.equal(existsSync(fileOf(name)) ? readFileSync(fileOf(name), "utf8") : "npm run testdata", text, name);
    const all = [...objects.values()].flatMap(parsed);
    const keys = all.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
    t.equal(new Set(keys).size, keys.length, name);
    const entries = all.flatMap(({ webhooks = [] }) => webhooks);
    t.same(
      entries.flatMap((entry) => deviations(entry, RELEASE.namespace)),
      [],
      name,
    );
  }
});

t.test("every snapshot belongs to a value set", async (t) => {
  const names = Object.keys(VALUE_SETS).map(fileOf);
  t.equal(new Set(names).size, names.length);
  t.same(
    readdirSync(FOLDER)
      .map((name) => join(FOLDER, name))
      .sort(),
    names.sort(),
  );
});
