import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import "../patience.ts";
import { quotedIn, rowsOf } from "../docs/page.ts";
import { CHART, SKIP, template } from "./helm.ts";

/**
 * Two linters check the default chart: kube-score (`go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0`) and
 * checkov (`pip install checkov`). The reports of the linters must equal the answers in the chart's README.
 */
const ANSWERS = rowsOf(readFileSync(join(CHART, "README.md"), "utf8"), "What linters say");

/** The findings of a tool that the README answers, as `CHECK KIND`. */
const answered = (tool: string) =>
  ANSWERS.filter(([name]) => name === tool)
    .flatMap(([, checks = "", kinds = ""]) =>
      quotedIn(checks).flatMap((check) => quotedIn(kinds).map((kind) => `${check} ${kind}`)),
    )
    .sort();

function withoutTool(program: string): string | false {
  if (SKIP !== false) return SKIP;
  const { error } = spawnSync(program, ["--help"]);
  return error !== undefined && `there is no ${program} on PATH`;
}

/** The rendered default chart, as text and as a file. */
function rendered(t: Test): { readonly text: string; readonly file: string } {
  const { code, stdout, stderr } = template({});
  t.equal(code, 0, stderr);
  const file = join(t.testdir(), "chart.yaml");
  writeFileSync(file, stdout);
  return { text: stdout, file };
}

interface Scored {
  readonly type_meta: { readonly kind: string };
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
  }[];
}

/**
 * GradeAllOK of kube-score v1.20.0 (scorecard/scorecard.go). Lower grades are "almost ok", "warning" and "critical".
 */
const ALL_OK = 10;

t.test("the README answers every finding of kube-score", { skip: withoutTool("kube-score") }, async (t) => {
  const args = ["score", "--output-format", "json", "-"];
  const { stdout, stderr } = spawnSync("kube-score", args, { input: rendered(t).text, encoding: "utf8" });
  t.equal(stderr, "");
  const remarks = (JSON.parse(stdout) as Scored[]).flatMap(({ type_meta, checks }) =>
    checks
      .filter(({ grade, skipped }) => !skipped && grade < ALL_OK)
      .map(({ check }) => `${check.id} ${type_meta.kind}`),
  );
  t.same([...new Set(remarks)].sort(), answered("kube-score"));
});

interface Scanned {
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
  };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

t.test("the README answers every finding of checkov", { skip: withoutTool("checkov") }, async (t) => {
  const args = [
    "--skip-download",
    "--framework",
    "kubernetes",
    "--output",
    "json",
    "--quiet",
    "--compact",
    "--file",
  ];
  const { stdout } = spawnSync("checkov", [...args, rendered(t).file], { encoding: "utf8" });
  const { results, summary } = JSON.parse(stdout) as Scanned;
  t.equal(summary.parsing_errors, 0);
  t.ok(summary.passed > 0);
  const remarks = results.failed_checks.map(
    ({ check_id, resource }) => `${check_id} ${resource.split(".")[0]}`,
  );
  t.same([...new Set(remarks)].sort(), answered("checkov"));
});
