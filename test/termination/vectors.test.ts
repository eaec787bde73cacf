import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { compare } from "../../tools/rows/vector-compare.ts";
import { kubeletOf, type VectorRow } from "../../tools/rows/vector-row.ts";
import { readRows } from "../../tools/rows/vectors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const VECTORS = join(ROOT, "../shared/reference/timeline-vectors.jsonl");
const RUNNER = join(ROOT, "tools/rows/vectors.ts");

/** A test vector: the hook takes 5 s, the grace period is 10 s, and the shutdown takes 2 s. */
const ROW: VectorRow = {
  id: "five-of-ten",
  kubelet: "1.28",
  trigger: { type: "delete", deleteGracePeriodSeconds: null },
  pod: {
    terminationGracePeriodSeconds: 10,
    containers: [{ name: "app", preStop: { type: "exec", seconds: 5 }, shutdownSeconds: 2 }],
  },
  effectiveGraceSeconds: 10,
  expect: {
    containers: {
      app: {
        preStop: { start: 0, end: 5, outcome: "completed" },
        sigtermAt: 5,
        stopTimeoutSeconds: 5,
        sigkillDeadline: 10,
        exitAt: 7,
        exitedBy: "sigterm",
        killReturnsAt: 7,
      },
    },
    podStoppedAt: 7,
    neededGraceSeconds: 7,
  },
};

function withApp(changes: object): VectorRow {
  return {
    ...ROW,
    expect: { ...ROW.expect, containers: { app: { ...ROW.expect.containers["app"], ...changes } } },
  };
}

t.test(
  "the timeline agrees with every row of the vectors",
  { skip: !existsSync(VECTORS) && "no vectors here" },
  async (t) => {
    for (const row of readRows(VECTORS)) t.strictSame(compare(row).differences, [], row.id);
  },
);

t.test("a row for a range of kubelets holds on each version", { skip: !existsSync(VECTORS) }, async (t) => {
  for (const row of readRows(VECTORS)) {
    const oldest = Number(/1\.(\d+)/.exec(row.kubeletDetail ?? row.kubelet)?.[1]);
    for (let minor = oldest; minor <= kubeletOf(row).minor; minor += 1) {
      t.strictSame(compare(row, { minor }).differences, [], `${row.id}, 1.${minor}`);
    }
  }
});

t.test("a comparison detects a difference in each field", async (t) => {
  t.strictSame(compare(ROW).differences, []);
  const wrong: [string, VectorRow][] = [
    ["app: stop signal: 5, expected 6", withApp({ sigtermAt: 6 })],
    ["app: stop signal: sent, expected none", withApp({ sigtermAt: null })],
    ["app: left: 5, expected 4", withApp({ stopTimeoutSeconds: 4 })],
    ["app: kill: 10, expected 9", withApp({ sigkillDeadline: 9 })],
    ["app: exit: 7, expected 8", withApp({ exitAt: 8 })],
    ["app: exited by: stop-signal, expected sigkill", withApp({ exitedBy: "sigkill" })],
    ["app: ended: 7, expected 8", withApp({ killReturnsAt: 8 })],
    ["app: waited: 0, expected 1", withApp({ waitedForTurnSeconds: 1 })],
    ["app: hook: completed, expected cut", withApp({ preStop: { start: 0, end: 5, outcome: "cut" } })],
    ["app: hook end: 5, expected 4", withApp({ preStop: { start: 0, end: 4, outcome: "completed" } })],
    ["app: hook runs: 1, expected 0", withApp({ preStop: null })],
    ["app: is killed, expected: left alone", withApp({ killed: false })],
    ["web: is not in the timeline", { ...ROW, expect: { ...ROW.expect, containers: { web: {} } } }],
    ["effective grace: 10, expected 9", { ...ROW, effectiveGraceSeconds: 9 }],
    ["stopped: 7, expected 8", { ...ROW, expect: { ...ROW.expect, podStoppedAt: 8 } }],
    ["needed grace: 7, expected null", { ...ROW, expect: { ...ROW.expect, neededGraceSeconds: null } }],
  ];
  for (const [expected, row] of wrong) t.strictSame(compare(row).differences, [expected]);
});

t.test("a boundary row accepts both outcomes", async (t) => {
  const tie = { ...ROW, pod: { ...ROW.pod, terminationGracePeriodSeconds: 7 }, effectiveGraceSeconds: 7 };
  const inTime = { stopTimeoutSeconds: 2, sigkillDeadline: 7 };
  const late = { ...inTime, exitedBy: "sigkill" };
  const row = (changes: object, boundary: boolean): VectorRow => ({
    ...tie,
    expect: withApp(changes).expect,
    boundary,
  });
  t.match(compare(row(inTime, true)), { differences: [], boundary: "app exits as it is killed, at 7 s" });
  t.strictSame(compare(row(late, true)).differences, []);
  t.strictSame(compare(row(late, false)).differences, ["app: exited by: stop-signal, expected sigkill"]);
  t.strictSame(compare(row({ ...late, exitAt: 6 }, true)).differences.length, 2);
});

t.test("the vectors runner prints counts and differences", async (t) => {
  const folder = t.testdir({});
  const run = (...lines: string[]): { status: number | null; out: string; err: string } => {
    const file = join(folder, "rows.jsonl");
    writeFileSync(file, lines.join("\n"));
    return runner(file);
  };
  const runner = (...files: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [RUNNER, ...files], { encoding: "utf8" });
    return { status, out: stdout, err: stderr };
  };
  t.match(run(JSON.stringify(ROW), ""), { status: 0, out: /^1 agree, 0 disagree\n$/ });
  t.match(run(JSON.stringify(withApp({ exitAt: 8 }))), {
    status: 1,
    out: /^five-of-ten: app: exit: 7, expected 8\n0 agree, 1 disagree\n$/,
  });
  t.match(run(JSON.stringify({ ...ROW, trigger: { type: "meteor" } })), {
    status: 0,
    out: /^grace taken as given for the triggers meteor\n1 agree/,
  });
  t.match(run(JSON.stringify(ROW), "{"), { status: 2, err: /rows\.jsonl:2: not a vector: / });
  t.match(run("{}"), {
    status: 2,
    err: /rows\.jsonl:1: not a vector: id is missing or of the wrong type\n$/,
  });
  t.match(run(JSON.stringify({ ...ROW, kubelet: "new" })), {
    status: 2,
    err: /kubelet "new" is no version\n$/,
  });
  t.match(runner(join(folder, "absent")), {
    status: 2,
    err: /absent: cannot be read \(ENOENT\): give the path of/,
  });
  t.match(runner(), { status: 2, err: /^usage: / });
});
