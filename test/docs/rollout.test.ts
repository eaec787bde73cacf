import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { parse, parseAllDocuments } from "yaml";
import { previewWarning } from "../../src/policy/messages/namespace-messages.ts";
import { API_SERVER_METRICS, metricsIn, OUR_METRICS } from "../../tools/docs/metrics-page.ts";
import { generatedCalls, SHOWN } from "./decisions/calls.ts";
import { counted } from "./decisions/counts.ts";
import { type Answered, answered } from "./decisions/log.ts";
import "../patience.ts";

/**
 * Runs the commands of docs/rollout.md unchanged on a log that the server's code wrote. The results of the commands
 * must equal counts that do not use the log or jq. WRITE_TESTDATA=1 writes the outputs that the page shows.
 */
const PAGE = fileURLToPath(new URL("../../docs/rollout.md", import.meta.url));
const text = readFileSync(PAGE, "utf8");

const COMMANDS = new Map(
  [...text.matchAll(/<!-- run (\S+) -->\n```sh\n([\s\S]*?)```\n/g)].map(([, name = "", command = ""]) => [
    name,
    command,
  ]),
);
const OUTPUT = /<!-- output (\S+) -->\n```\n([\s\S]*?)```\n/g;
const JQ = spawnSync("jq", ["--version"], { encoding: "utf8" }).stdout?.trim();

const skip = JQ ? false : `0 of ${COMMANDS.size} commands ran: jq is not installed`;

/** Lines that the commands must skip, because they are not decisions. */
const NOISE = [
  '{"level":"info","event":"serving","port":10250}',
  "Node.js v24.0.0",
  '"event":"decision"',
  "[1]",
];

const CALLS = 4000;

/** According to the log this namespace is ready for enforce mode, but its owner has set the mode `off`. */
const OFF = "team-3";

/** The commands exclude namespaces that are never checked, because they would always be listed. */
const CHECKED = "kubernetes.io/metadata.name notin (kube-system,kube-public,kube-node-lease,gracekeeper)";

/**
 * A stand-in for kubectl. Two of its namespaces are not in the log: one has no label, and in the other nothing was
 * created.
 */
const KUBECTL = `#!/bin/sh
case "$*" in
  "get namespaces -l !gracekeeper.dev/validate,${CHECKED} -o name") echo namespace/forgotten ;;
  "get namespaces -l gracekeeper.dev/validate,${CHECKED} -o name") cat labelled.txt ;;
  "get ns -l gracekeeper.dev/validate=warn -o name") grep -vxF namespace/${OFF} labelled.txt ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac
`;

// biome-ignore lint/suspicious/noExplicitAny: YAML of any kind.
function yamlBlocks(): readonly Record<string, any>[] {
  return [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = ""]) => parse(block));
}

/** Runs the commands in the order of the page, in a folder with the log. Returns the output of each command. */
function run(all: readonly Answered[]): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "gracekeeper-rollout-"));
  try {
    // `kubectl logs -l` prints all lines of one replica, then all lines of the next replica.
    const lines = all.map(({ line }) => line);
    const replicas = [1, 0].map((one) => lines.filter((_, index) => index % 2 === one));
    const log = replicas.flatMap((ones) => [...NOISE, ...ones, ...NOISE]);
    writeFileSync(join(folder, "decisions.log"), `${log.join("\n")}\n`);
    const names = new Set(["quiet", ...all.map(({ request }) => request.namespace)]);
    writeFileSync(join(folder, "labelled.txt"), [...names].map((name) => `namespace/${name}\n`).join(""));
    writeFileSync(join(folder, "kubectl"), KUBECTL);
    chmodSync(join(folder, "kubectl"), 0o755);
    const env = { ...process.env, PATH: `${folder}${delimiter}${process.env["PATH"]}`, LC_ALL: "C" };
    return new Map(
      [...COMMANDS].map(([name, command]) => {
        const printed = execFileSync("bash", ["-ec", command], {
          cwd: folder,
          env,
          encoding: "utf8",
          maxBuffer: 1e8,
        });
        const file = join(folder, `${name}.txt`);
        return [name, ["ready", "enforce"].includes(name) ? readFileSync(file, "utf8") : printed];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowsOf(printed: string | undefined): readonly string[] {
  return (printed ?? "").split("\n").filter((line) => line !== "");
}

for (const [title, calls] of [
  ["a small cluster", SHOWN],
  [`${CALLS} generated calls`, generatedCalls(CALLS)],
] as const) {
  t.test(`the commands of docs/rollout.md rank ${title} like an independent count`, { skip }, async (t) => {
    const all = answered(calls);
    const printed = run(all);
    const wanted: Readonly<Record<string, readonly string[]>> = counted(all);
    const { ready = [] } = wanted;
    t.same(
      rowsOf(printed.get("enforce")),
      ready.filter((name) => name !== OFF),
    );
    t.equal(ready.includes(OFF), calls !== SHOWN);
    t.notOk(ready.includes("only-dry-runs"), "a dry run makes no namespace ready");
    t.equal(printed.get("prepare"), "");
    t.same(rowsOf(printed.get("silent")), ["namespace/forgotten", "quiet"]);
    for (const [name, rows] of Object.entries(wanted)) {
      t.ok(COMMANDS.has(name), `${name} is on the page`);
      t.same(rowsOf(printed.get(name)), rows, `${name}: ${rows.length} rows`);
    }
    t.same([...COMMANDS.keys()].sort(), ["prepare", "silent", "enforce", ...Object.keys(wanted)].sort());
    const actions = Object.entries(Object.groupBy(all, ({ record }) => record.action));
    t.comment(`${COMMANDS.size} commands ran with ${JQ} over ${all.length} lines:`);
    t.comment(actions.map(([action, ones]) => `${ones?.length} ${action}`).join(", "));
  });
}

t.test("each log line has the fields that the commands of docs/rollout.md use", async (t) => {
  const all = answered(generatedCalls(500));
  const wouldBeDenied = all.filter(({ wouldDeny }) => wouldDeny.length > 0);
  t.ok(
    wouldBeDenied.some(({ record }) => record.action === "audited"),
    "audited, and denied under enforce",
  );
  t.ok(all.some(({ record, wouldDeny }) => record.action === "audited" && wouldDeny.length === 0));
  t.ok(all.some(({ record }) => /^[\w-]+=\d+/.test(record.known)));
  for (const { line, record, wouldDeny } of all) {
    const written = JSON.parse(line);
    const { wouldDeny: ids = [], ignored = [], declared = "", known = "" } = written;
    t.same([ids, ignored, declared, known], [wouldDeny, record.ignored, record.declared, record.known]);
  }
});

t.test("docs/rollout.md shows the output of its commands", { skip }, async (t) => {
  const printed = run(answered(SHOWN));
  const page = text.replace(
    OUTPUT,
    (_, name) => `<!-- output ${name} -->\n\`\`\`\n${printed.get(name)}\`\`\`\n`,
  );
  if (process.env["WRITE_TESTDATA"] === "1") writeFileSync(PAGE, page);
  else t.equal(text, page);
});

t.test("docs/rollout.md shows the text of the preview", async (t) => {
  const gist = 'container "web": preStop 45s does not fit grace 30s [hook-over-grace]';
  const first = { name: "web-7d9f", gist };
  const preview = previewWarning("shop", "enforce", { denied: 3, looked: 12, more: false, first });
  t.ok(text.includes(`\nWarning: ${preview}\n`), preview);
});

t.test("every metric in docs/rollout.md exists", async (t) => {
  const known = [...OUR_METRICS, ...API_SERVER_METRICS].map(({ name }) => name);
  for (const name of metricsIn(text)) t.ok(known.includes(name) || name === "apiserver_", name);
});

t.test("the patch of failurePolicy in docs/rollout.md changes the entry for pods", async (t) => {
  const file = new URL("../../manifests/validating-webhook.yaml", import.meta.url);
  const [document] = parseAllDocuments(readFileSync(file, "utf8"));
  const { webhooks } = (document?.toJS() ?? {}) as { webhooks?: { name: string }[] };
  const [overlay] = yamlBlocks().flatMap(({ patches = [] }) => patches);
  t.same(overlay?.target, { kind: "ValidatingWebhookConfiguration", name: "gracekeeper" });
  const [test, replace] = parse(overlay?.patch ?? "[]") as { path: string; value: string }[];
  t.equal(test?.path, "/webhooks/0/name");
  t.equal(test?.value, webhooks?.[0]?.name);
  t.same(replace, { op: "replace", path: "/webhooks/0/failurePolicy", value: "Fail" });
});
