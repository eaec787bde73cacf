import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { startTrialServer } from "../../tools/demo/trial-server.ts";
import { type Teardown, testLog } from "../helper.ts";
import { BLOCKS, block, marked, ROOT } from "./blocks.ts";
import { answered } from "./decisions/log.ts";
import "../patience.ts";

/**
 * Runs the commands of all pages that need no API server: blocks marked `cli`, `curl`, `logs` and `run library`.
 * Stand-ins for helm and kubectl print a manifest, or a log that the server's code wrote.
 */
const REPOSITORY = fileURLToPath(ROOT);

const OPERATOR = { apiVersion: "example.com/v1", kind: "WebFarm", name: "shop", controller: true };
const HOOKLESS = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", ownerReferences: [OPERATOR] },
  spec: { terminationGracePeriodSeconds: 30, containers: [{ name: "web", image: "web:1" }] },
};

/** Log lines as `kubectl logs` prints them: decisions of injection, and faults. */
function log(): string {
  const call = { mode: "inject", object: HOOKLESS, request: { namespace: "shop" }, workload: "" } as const;
  const lines = answered([{ ...call, time: "2026-11-02T09:00:00.000Z" }]).map(({ line }) => line);
  const { logger, raw } = testLog();
  logger.warn({ event: "not-reached" });
  logger.info({ event: "started" });
  return [...lines, ...raw.map((line) => line.trimEnd()), ""].join("\n");
}

/** A folder with the files and programs that the commands name. */
function workplace(t: Teardown) {
  const folder = mkdtempSync(join(tmpdir(), "gracekeeper-commands-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "deploy"));
  symlinkSync(join(REPOSITORY, "examples"), join(folder, "examples"));
  for (const file of ["web.yaml", "deploy/web.yaml"])
    copyFileSync(join(REPOSITORY, "examples/fits.yaml"), join(folder, file));
  writeFileSync(join(folder, "decisions.log"), log());
  const programs = {
    gracekeeper: `"${process.execPath}" "${join(REPOSITORY, "src/main.ts")}" "$@"`,
    helm: `[ "$*" = "template ." ] && cat "${folder}/web.yaml"`,
    kubectl: `case "$1" in logs) cat "${folder}/decisions.log" ;; get) cat "${folder}/web.yaml" ;; *) false ;; esac`,
  };
  // The stand-ins are shell functions, which take precedence over PATH. The machine's helm or kubectl thus never runs.
  const functions = Object.entries(programs).map(([name, script]) => `${name}() { ${script}; }`);
  return { folder, functions };
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command without blocking this process, because the server of the test runs in this process. */
function run(at: ReturnType<typeof workplace>, command: string): Promise<Ran> {
  return new Promise((resolve) => {
    const script = [...at.functions, command].join("\n");
    const env = { ...process.env, LC_ALL: "C" };
    const child = spawn("bash", ["-eo", "pipefail", "-c", script], { cwd: at.folder, env });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += data));
    child.stderr.on("data", (data) => (stderr += data));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The commands of a block. A line that ends in a backslash continues on the next line. */
const commandsOf = (text: string): readonly string[] =>
  text
    .replaceAll("\\\n", "")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

t.test("the gracekeeper commands in the pages run", async (t) => {
  const at = workplace(t);
  const commands = marked("cli").flatMap(({ text }) => commandsOf(text));
  t.ok(commands.length >= 6, `${commands.length} commands`);
  for (const command of commands) {
    const { code, stderr } = await run(at, command);
    t.equal(code, 0, `${command}\n${stderr}`);
  }
});

const missing = (program: string) =>
  spawnSync(program, ["--version"]).error === undefined ? false : `${program} is not installed`;

t.test(
  "the curl commands in the pages get an answer from the server of npm start",
  { skip: missing("curl") },
  async (t) => {
    const at = workplace(t);
    const { server } = await startTrialServer();
    t.teardown(() => server.close(0));
    const commands = marked("curl").flatMap(({ text }) => commandsOf(text));
    t.ok(commands.length >= 8, `${commands.length} commands`);
    for (const command of commands) {
      const here = command
        .replaceAll("localhost:8443", `localhost:${server.port}`)
        .replaceAll("curl -ksS", "curl -fksS")
        .replaceAll("npm run -s gracekeeper --", "gracekeeper");
      const { code, stdout, stderr } = await run(at, here);
      // `gracekeeper review` has exit code 1 for a denial.
      const denied = command.includes("review --server");
      t.equal(code, denied ? 1 : 0, `${command}\n${stdout}${stderr}`);
      t.ok(stdout.length > 0 || command.includes(" > "), command);
    }
  },
);

t.test("the log commands in the pages find lines", { skip: missing("jq") }, async (t) => {
  const at = workplace(t);
  const blocks = marked("logs");
  t.equal(blocks.length, 2);
  const outputs = [];
  for (const { text } of blocks) {
    const { code, stdout, stderr } = await run(at, text);
    t.equal(code, 0, `${text}\n${stderr}`);
    outputs.push(stdout.trim().replace(/^\d+ +/, ""));
  }
  t.match(
    outputs.find((output) => output.startsWith("{")),
    /"level":"warn".*"event":"not-reached"/,
  );
  t.notMatch(outputs.join("\n"), /started/);
  t.ok(
    outputs.some((output) => output === "1 WebFarm.example.com" || output === "WebFarm"),
    outputs.join("\n"),
  );
});

t.test("the library example in docs/ci.md runs", async (t) => {
  const at = workplace(t);
  const { text } = block("docs/ci.md", "run library");
  const here = text.replace('"gracekeeper"', JSON.stringify(new URL("src/index.ts", ROOT).href));
  const before = `import { readFileSync } from "node:fs";\nconst text = readFileSync("examples/no-time-left.yaml", "utf8");\n`;
  writeFileSync(join(at.folder, "use.ts"), before + here);
  const { code, stdout, stderr } = await run(at, `"${process.execPath}" use.ts`);
  t.equal(code, 0, stderr);
  t.match(stdout, /^10 .*\[hook-over-grace\]$/m);
});

t.test("every block that this test runs is a shell or TypeScript block", async (t) => {
  const ours = BLOCKS.filter(({ marker }) => ["cli", "curl", "logs", "run library"].includes(marker));
  for (const { language, page, line } of ours) t.match(language, /^(sh|ts)$/, `${page}:${line}`);
});
