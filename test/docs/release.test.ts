import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { parse } from "yaml";
import { RULES } from "../../src/policy/rules/registry.ts";
import "../patience.ts";
import { workflow } from "../workflows/steps.ts";
import { quotedIn, rowsOf } from "./page.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const { version } = JSON.parse(read("package.json"));

t.test("the version is the same in every file that docs/release.md names", async (t) => {
  const chart = parse(read("charts/gracekeeper/Chart.yaml"));
  t.equal(chart.version, version);
  t.equal(chart.appVersion, version);
  const lock = JSON.parse(read("package-lock.json"));
  t.equal(lock.version, version);
  t.equal(lock.packages[""].version, version);
  t.equal(parse(read("manifests/kustomization.yaml")).images[0].newTag, version);
  t.match(read("Dockerfile"), `\nARG VERSION=${version}\n`);
  t.match(read("CHANGELOG.md"), `\n## ${version}\n`);
  // Every command of docs/release.md must name the current version.
  const page = read("docs/release.md");
  t.same(new Set(page.match(/\b\d+\.\d+\.\d+\b/g)), new Set([version]));
  t.match(page, `VERSION=${version} `);
});

t.test("docs/release.md has the verification commands of the last release job", async (t) => {
  const run = workflow("release.yml").jobs["verify"]?.steps?.find(({ name }) => name === "Verify")?.run;
  const commands = rowsOf(read("docs/release.md"), "Verify").flatMap(([, command = ""]) => quotedIn(command));
  t.same(run?.trimEnd().split("\n"), commands);
});

t.test("CHANGELOG.md states the right number of findings", async (t) => {
  // There is one more finding than there are rules, because injection reports the finding `sleep-added`.
  t.match(read("CHANGELOG.md"), ` ${RULES.length + 1} findings, `);
});
