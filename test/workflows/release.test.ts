import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { parse, parseAllDocuments } from "yaml";
import { DEEP } from "../cases.ts";
import "../patience.ts";
import { ROOT, runStep, workflow } from "./steps.ts";

/** Runs the steps of release.yml that need no registry and no signature, unchanged. */
const { jobs } = workflow("release.yml");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const IMAGE = "ghcr.io/owner/gracekeeper";

function script(job: string, name: string): string {
  const run = jobs[job]?.steps?.find((step) => step.name === name)?.run;
  if (run === undefined) throw new Error(`release.yml: job ${job} has no step ${name}`);
  return run;
}

/** A checkout with the files that a step reads. */
function checkout(t: Test, ...paths: readonly string[]): string {
  const folder = t.testdir();
  for (const path of paths) cpSync(join(ROOT, path), join(folder, path), { recursive: true });
  return folder;
}

t.test("the tag must name the version", async (t) => {
  const cwd = checkout(t, "package.json");
  const names = (tag: string) =>
    runStep(script("files", "Names"), cwd, { GITHUB_REF_NAME: tag, GITHUB_REPOSITORY: "Owner/Gracekeeper" });
  const wrong = names("v9.9.9");
  t.equal(wrong.status, 1);
  t.match(wrong.stdout, `::error::The tag is v9.9.9, and package.json has ${version}.`);
  t.same(wrong.outputs, {});
  t.same(names(`v${version}`).outputs, { version, image: IMAGE });
});

t.test("the release notes are the version's section of CHANGELOG.md", async (t) => {
  const cwd = checkout(t, "CHANGELOG.md");
  const notes = (VERSION: string) => runStep(script("files", "Notes"), cwd, { VERSION });
  t.equal(notes("9.9.9").status, 1);
  t.equal(notes(version).status, 0);
  t.match(readFileSync(join(cwd, "out/notes.md"), "utf8"), /^\n?\S/);
  writeFileSync(join(cwd, "CHANGELOG.md"), "# Changelog\n\n## 2.0.0\n\nnew\n\n## 1.0.0\n\nold\n");
  t.equal(notes("2.0.0").status, 0);
  t.equal(readFileSync(join(cwd, "out/notes.md"), "utf8"), "\nnew\n\n");
});

const TOOLS = ["helm", "yq", "kubectl"];
/** Whether the tool is installed. Debian's package yq is another program with other options. */
const isThere = (tool: string): boolean => {
  const { error, stdout } = spawnSync(tool, [tool === "yq" ? "--version" : "--help"], { encoding: "utf8" });
  return error === undefined && (tool !== "yq" || stdout.includes("mikefarah"));
};
const missing = TOOLS.filter((tool) => !isThere(tool));
const without = missing.length > 0 && `there is no ${missing.join(", no ")} on PATH`;

t.test("the chart and the manifests name the image by digest", { skip: without }, async (t) => {
  const cwd = checkout(t, "charts", "manifests");
  const github = { GITHUB_SERVER_URL: "https://github.com", GITHUB_REPOSITORY: "Owner/Gracekeeper" };
  const env = { IMAGE, VERSION: version, DIGEST, ...github };
  const ran = runStep(script("chart", "Chart and manifests"), cwd, env);
  t.equal(ran.status, 0, ran.stderr);
  const image = `${IMAGE}@${DIGEST}`;
  const rendered = spawnSync("helm", ["template", "test", `out/gracekeeper-${version}.tgz`], {
    cwd,
    encoding: "utf8",
  });
  for (const text of [rendered.stdout, readFileSync(join(cwd, `out/gracekeeper-${version}.yaml`), "utf8")]) {
    const objects = parseAllDocuments(text).map((document) => document.toJS());
    const deployment = objects.find((object) => object?.kind === "Deployment");
    t.equal(deployment?.spec.template.spec.containers[0].image, image);
  }
  const chart = parse(readFileSync(join(cwd, "charts/gracekeeper/Chart.yaml"), "utf8"));
  t.equal(chart.appVersion, version);
  t.same(parse(chart.annotations["artifacthub.io/images"]), [{ name: "gracekeeper", image }]);
  t.equal(chart.home, "https://github.com/Owner/Gracekeeper");
  t.same(parse(chart.annotations["artifacthub.io/links"]), [
    { name: "support", url: `${chart.home}/issues` },
  ]);
});

t.test("the checksums cover every file except the notes", async (t) => {
  const cwd = t.testdir({ out: { "notes.md": "notes", "b.tgz": "b", "a.yaml": "a" }, temp: {} });
  const ran = runStep(script("sign", "Checksums"), cwd, { RUNNER_TEMP: join(cwd, "temp") });
  t.equal(ran.status, 0, ran.stderr);
  const sums = readFileSync(join(cwd, "out/SHA256SUMS"), "utf8");
  t.same(
    sums
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(66)),
    ["a.yaml", "b.tgz"],
  );
  t.equal(spawnSync("sha256sum", ["--check", "SHA256SUMS"], { cwd: join(cwd, "out") }).status, 0);
});

const skip = DEEP ? false : "packing takes a minute and a registry: npm run test:deep";

t.test("the npm package names its repository, and its SBOM is in the same folder", { skip }, async (t) => {
  const cwd = checkout(
    t,
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".ci",
    "src",
    "README.md",
    "LICENSE",
  );
  for (const file of ["tsconfig.json", "tsconfig.build.json"]) cpSync(join(ROOT, file), join(cwd, file));
  spawnSync("ln", ["-s", join(ROOT, "node_modules"), join(cwd, "node_modules")]);
  mkdirSync(join(cwd, "out"));
  const ran = runStep(script("files", "Pack"), cwd, {
    VERSION: version,
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_REPOSITORY: "owner/gracekeeper",
  });
  t.equal(ran.status, 0, ran.stderr);
  t.same(readdirSync(join(cwd, "out")).sort(), [
    `gracekeeper-${version}.cdx.json`,
    `gracekeeper-${version}.tgz`,
  ]);
  const packed = spawnSync("tar", ["-xzOf", `out/gracekeeper-${version}.tgz`, "package/package.json"], {
    cwd,
  });
  t.equal(JSON.parse(String(packed.stdout)).repository.url, "git+https://github.com/owner/gracekeeper.git");
  t.ok(existsSync(join(cwd, "dist/main.js")));
});
