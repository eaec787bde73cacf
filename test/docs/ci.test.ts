import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { parse } from "yaml";
import "../patience.ts";

/** Tests docs/ci.md, action.yml and .pre-commit-hooks.yaml. Each snippet runs, except for the steps in NOT_RUN. */
const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/ci.md"), "utf8");

function snippet(name: string) {
  const text = page.match(new RegExp(`<!-- yaml ${name} -->\n\`\`\`yaml\n([^]*?)\`\`\``))?.[1];
  if (text === undefined) throw new Error(`docs/ci.md has no snippet ${name}`);
  return parse(text);
}

/** A folder with manifests in deploy/, and a `gracekeeper` on PATH. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), "gracekeeper-ci-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "deploy"));
  mkdirSync(join(folder, "bin"));
  copyFileSync(join(ROOT, "examples/no-time-left.yaml"), join(folder, "deploy/web.yaml"));
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, "src/main.ts")}" "$@"\n`;
  writeFileSync(join(folder, "bin/gracekeeper"), command, { mode: 0o755 });
  return { folder, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
}

function bash(script: string, { folder, PATH }: ReturnType<typeof project>, env: NodeJS.ProcessEnv = {}) {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, PATH, ...env } } as const;
  return spawnSync("bash", ["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script], options);
}

const action = parse(readFileSync(join(ROOT, "action.yml"), "utf8"));

function runAction(at: ReturnType<typeof project>, inputs: Readonly<Record<string, string>>) {
  const given: Record<string, string> = { GITHUB_ACTION_PATH: ROOT };
  const { run, env } = action.runs.steps.at(-1);
  for (const [name, expression] of Object.entries<string>(env)) {
    const input = /^\$\{\{ inputs\.([a-z-]+) \}\}$/.exec(expression)?.[1] ?? "";
    given[name] = inputs[input] ?? action.inputs[input].default;
  }
  return bash(run, at, given);
}

t.test("the action checks its input paths and prints annotations", async (t) => {
  const at = project();
  const { step, uses } = {
    step: snippet("github").jobs.manifests.steps.at(-1),
    uses: "OWNER/gracekeeper@COMMIT",
  };
  t.equal(step.uses, uses);
  for (const name of Object.keys(step.with)) t.ok(name in action.inputs, name);

  const found = runAction(at, { paths: "deploy/", sarif: "out.sarif" });
  t.equal(found.status, 1, found.stderr);
  t.match(found.stdout, /^::error file=deploy\/web\.yaml,line=10,/m);
  t.equal(JSON.parse(readFileSync(join(at.folder, "out.sarif"), "utf8")).version, "2.1.0");
  t.equal(runAction(at, { paths: "deploy/", "fail-on": "never" }).status, 0);
  t.equal(runAction(at, { paths: "deploy/", config: "none.yaml" }).status, 2);
});

/** Steps of the action and of the snippets that this test does not run, and the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {
  "actions/setup-node": "GitHub's own",
  "actions/checkout": "GitHub's own",
  'npm ci --omit=dev --ignore-scripts --prefix "$GITHUB_ACTION_PATH"':
    "it would replace what the tests run with",
  "helm template web charts/web > rendered.yaml": "the chart is the reader's",
  "npm install --global ./gracekeeper-0.1.0.tgz":
    "it installs for everybody; test/package.test.ts does it in a folder",
};

t.test("this test runs every step that is not in NOT_RUN", async (t) => {
  const steps = [...action.runs.steps.slice(0, -1), ...snippet("github").jobs.manifests.steps.slice(0, -1)];
  const told = steps.map(({ run, uses }) => run ?? uses.replace(/@.*/, ""));
  const lines = [...told, ...snippet("gitlab").gracekeeper.script.slice(0, -1)];
  t.same(lines.sort(), Object.keys(NOT_RUN).sort());
});

t.test("an input of the action is never run as a command or read as an option", async (t) => {
  const at = project();
  const hostile = "$(touch pwned) `touch pwned` ; touch pwned -o=json=pwned";
  t.equal(runAction(at, { paths: hostile }).status, 2);
  t.notOk(existsSync(join(at.folder, "pwned")));
});

t.test("third-party actions are pinned to a commit", async (t) => {
  const used = [...action.runs.steps, ...snippet("github").jobs.manifests.steps].flatMap(
    ({ uses }) => uses ?? [],
  );
  for (const one of used.filter((name) => !name.startsWith("OWNER/"))) t.match(one, /@[0-9a-f]{40}$/);
});

t.test("the GitLab job writes a Code Quality report and fails", async (t) => {
  const at = project();
  const { script, artifacts } = snippet("gitlab").gracekeeper;
  const { status, stderr } = bash(script.at(-1), at);
  t.equal(status, 1, stderr);
  const [first] = JSON.parse(readFileSync(join(at.folder, artifacts.reports.codequality), "utf8"));
  t.equal(first.location.path, "deploy/web.yaml");
});

t.test("the pre-commit hook runs gracekeeper", async (t) => {
  const at = project();
  const [hook] = parse(readFileSync(join(ROOT, ".pre-commit-hooks.yaml"), "utf8"));
  const [repo] = snippet("pre-commit").repos;
  t.equal(repo.hooks[0].id, hook.id);
  t.equal(bash(`${hook.entry} deploy/web.yaml`, at).status, 1);
});

const installed = spawnSync("pre-commit", ["--version"]).status === 0;

t.test("pre-commit runs the hook", { skip: installed ? false : "pre-commit is not installed" }, async (t) => {
  const at = project();
  const [hook] = parse(readFileSync(join(ROOT, ".pre-commit-hooks.yaml"), "utf8"));
  const configuration = { repos: [{ repo: "local", hooks: [{ ...hook, files: "^deploy/" }] }] };
  writeFileSync(join(at.folder, ".pre-commit-config.yaml"), JSON.stringify(configuration));
  const git = (...args: string[]) => execFileSync("git", args, { cwd: at.folder, stdio: "ignore" });
  git("init");
  git("add", "deploy", ".pre-commit-config.yaml");
  const env = { PRE_COMMIT_HOME: join(at.folder, "home") };
  const { status, stdout } = bash("pre-commit run --all-files", at, env);
  t.equal(status, 1);
  t.match(stdout, /deploy\/web\.yaml:10:3: deny/);
});
