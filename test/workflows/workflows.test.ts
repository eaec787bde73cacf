import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import "../patience.ts";
import { type Job, ROOT, workflow } from "./steps.ts";

const FOLDER = join(ROOT, ".github/workflows");
const FILES = readdirSync(FOLDER);
const texts = [...FILES.map((file) => join(FOLDER, file)), join(ROOT, "action.yml")].map((file) =>
  readFileSync(file, "utf8"),
);
const jobs: readonly (readonly [string, Job])[] = FILES.flatMap((file) =>
  Object.entries(workflow(file).jobs).map(([name, job]) => [`${file} ${name}`, job] as const),
);

const missing = spawnSync("actionlint", ["-version"]).error !== undefined;
const skip =
  missing && "there is no actionlint: go install github.com/rhysd/actionlint/cmd/actionlint@latest";

t.test("actionlint finds no fault in the workflows", { skip }, async (t) => {
  const files = FILES.map((file) => join(FOLDER, file));
  const { stdout, stderr, status } = spawnSync("actionlint", files, { encoding: "utf8" });
  t.equal(status, 0, stdout + stderr);
});

t.test("actions are pinned by commit, with the version in a comment", async (t) => {
  const used = texts.flatMap((text) =>
    [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, used = ""]) => used),
  );
  t.ok(used.length > 15, `${used.length} uses`);
  for (const one of used)
    if (!one.startsWith("./")) t.match(one, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

t.test("a workflow has no permissions, and each job has those that it needs", async (t) => {
  for (const file of FILES) t.same(workflow(file).permissions, {}, file);
  const writers = jobs.flatMap(([name, { permissions }]) => {
    t.ok(permissions, name);
    return Object.entries(permissions ?? {})
      .filter(([, right]) => right !== "read")
      .map(([right]) => `${name}: ${right}`);
  });
  t.same(writers, [
    "release.yml image: packages",
    "release.yml chart: packages",
    "release.yml sign: id-token",
    "release.yml sign: attestations",
    "release.yml sign: packages",
    "release.yml npm: id-token",
    "release.yml release: contents",
  ]);
});

t.test("a job that signs or publishes runs no code of the repository", async (t) => {
  const trusted = jobs.filter(
    ([, { permissions }]) => permissions?.["id-token"] || permissions?.["contents"] === "write",
  );
  t.equal(trusted.length, 3);
  for (const [name, { steps = [] }] of trusted)
    for (const { uses = "", run = "" } of steps)
      t.notMatch(uses + run, /actions\/checkout|^\.|npm (ci|install|run)/, name);
});

t.test("no script contains an expression, and each job has a timeout", async (t) => {
  for (const [name, { steps = [], "timeout-minutes": minutes }] of jobs) {
    for (const { run = "" } of steps) t.notMatch(run, /\$\{\{/, name);
    if (steps.length > 0) t.ok(minutes, name);
  }
});

t.test("every npm script that a workflow runs exists", async (t) => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const text = texts.join("\n");
  const lists = [...text.matchAll(/^\s+script: \[(.*)\]$/gm)].flatMap(([, list = ""]) => list.split(", "));
  const run = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
  const names = [...lists, ...run].map((one) => one.replaceAll('"', ""));
  t.ok(names.length > 2, `${names.length} scripts`);
  for (const name of names) t.ok(scripts[name], name);
});
