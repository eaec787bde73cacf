import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import t from "tap";
import { convert } from "xmlbuilder2";
import { check } from "../../src/check/check.ts";
import { githubReport } from "../../src/report/github.ts";
import { gitlabReport } from "../../src/report/gitlab.ts";
import { humanReport } from "../../src/report/human.ts";
import { jsonReport } from "../../src/report/json.ts";
import { junitReport } from "../../src/report/junit.ts";
import { faultReport, fileReport, merged } from "../../src/report/merge.ts";
import { sarifReport } from "../../src/report/sarif.ts";
import { CONTEXT } from "../reviews.ts";
import "../patience.ts";

const FILE = "./de ploy/ü,%:x.yaml";

/** Two pods with names that could break a report. One pod has two findings, and the other pod has no finding. */
const TEXT = `apiVersion: v1
kind: Pod
metadata:
  name: "a<\\"&\\u202e\\u0007"
  namespace: shop
spec:
  terminationGracePeriodSeconds: 10
  containers:
    - name: web
      lifecycle: {preStop: {sleep: {seconds: 10}}}
    - name: side
      lifecycle: {preStop: {exec: {command: ["sleep 3"]}}}
      ports: [{containerPort: 80}]
---
apiVersion: v1
kind: Pod
metadata: {name: good}
spec: {containers: [{name: web, ports: [{containerPort: 80}]}]}
---
a: [
`;

const checked = check(TEXT, { ...CONTEXT, namespaces: new Map(), withEdits: true });
const REPORT = merged([
  fileReport(FILE, checked),
  faultReport({ file: "gone.yaml", text: "there is no such file." }),
]);

t.test("SARIF has levels, regions, rules, faults, and the fix as an edit of the text", async (t) => {
  const [run] = JSON.parse(sarifReport(REPORT, "1.2.3")).runs;
  t.match(run, { columnKind: "utf16CodeUnits", tool: { driver: { name: "gracekeeper", version: "1.2.3" } } });
  t.same(
    run.results.map((one: { ruleId: string; level: string }) => [one.ruleId, one.level]),
    [
      ["no-shutdown-time", "error"],
      ["hook-cannot-run", "warning"],
      ["hook-missing", "note"],
    ],
  );
  for (const { ruleId, ruleIndex } of run.results) t.equal(run.tool.driver.rules[ruleIndex].id, ruleId);
  for (const rule of run.tool.driver.rules) t.ok(rule.help.text.length > 20, rule.id);
  const [first] = run.results;
  t.match(first.locations[0].physicalLocation, {
    artifactLocation: { uri: "de%20ploy/%C3%BC%2C%25%3Ax.yaml" },
    region: { startLine: 7, startColumn: 3, endLine: 7, endColumn: 36 },
  });
  t.match(first.fixes[0].artifactChanges[0].replacements, [
    {
      deletedRegion: { startLine: 7, startColumn: 34, endLine: 7, endColumn: 36 },
      insertedContent: { text: "20" },
    },
  ]);
  t.match(run.invocations, [
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        { level: "error" },
        { level: "error", message: { text: "there is no such file." } },
      ],
    },
  ]);
});

/** The SARIF schema of OASIS, from an npm package. The repository does not contain the schema. */
const SCHEMA = join(
  import.meta.dirname,
  "../../node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json",
);

t.test(
  "the SARIF report is valid by the schema",
  { skip: existsSync(SCHEMA) ? false : "@microsoft/jest-sarif, which holds the schema, is not installed" },
  async (t) => {
    const { id: _, $schema: __, ...schema } = JSON.parse(readFileSync(SCHEMA, "utf8"));
    const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);
    for (const report of [REPORT, merged([])]) {
      t.ok(validate(JSON.parse(sarifReport(report, "1.2.3"))), JSON.stringify(validate.errors));
    }
    const wrong = JSON.parse(sarifReport(REPORT, "1.2.3"));
    wrong.runs[0].results[0].level = "deny";
    t.notOk(validate(wrong), "the schema can refuse");
  },
);

t.test("JUnit has a suite for each file and a test for each object", async (t) => {
  const read = convert(junitReport(REPORT), { format: "object" }) as {
    testsuites: { "@tests": string; testsuite: { testcase: unknown }[] };
  };
  t.match(read.testsuites, { "@tests": "4", "@failures": "1", "@errors": "2" });
  const [pods, gone] = read.testsuites.testsuite;
  t.match(pods?.testcase, [
    {
      // This XML parser does not decode entities in attributes.
      "@name": /^Pod &quot;a&lt;\\&quot;&amp;.\\u0007&quot; in shop$/,
      failure: {
        "@type": "no-shutdown-time",
        "#": /x\.yaml:7:3: .*\n.*x\.yaml:12:19: .* \[hook-cannot-run\]$/,
      },
    },
    { "@name": "Pod &quot;good&quot;", "system-out": /\[hook-missing\]$/ },
    { error: { "@type": "could-not-check" } },
  ]);
  t.match(gone?.testcase, { "@name": "gone.yaml", error: { "@message": "there is no such file." } });
});

t.test("JUnit: line breaks in a file name make no new line", async (t) => {
  const report = junitReport(merged([fileReport("x\n::error::y.yaml", checked)]));
  t.notMatch(report, /^::/m);
  t.match(report, /file="x\?::error::y\.yaml"/);
});

t.test("GitHub: one workflow command per line, with escaped characters", async (t) => {
  const lines = githubReport(REPORT).split("\n");
  t.match(
    lines[0],
    "::error file=./de ploy/ü%2C%25%3Ax.yaml,line=7,endLine=7,col=3,endColumn=36,title=no-shutdown-time::container",
  );
  t.match(lines[1], /^::warning .*title=hook-cannot-run::/);
  t.match(lines[2], /^::notice .*title=hook-missing::/);
  t.match(
    lines[4],
    /^::error file=gone\.yaml,title=gracekeeper could not check this::there is no such file\.$/,
  );
  t.equal(lines.length, 6);
});

t.test(
  "GitLab has the fields of Code Quality, and stable fingerprints that differ between findings",
  async (t) => {
    const twice = merged([REPORT, REPORT]);
    const issues = JSON.parse(gitlabReport(twice)) as { fingerprint: string }[];
    t.equal(new Set(issues.map(({ fingerprint }) => fingerprint)).size, 6);
    t.match(issues[0], {
      check_name: "no-shutdown-time",
      severity: "critical",
      location: { path: "de ploy/ü,%:x.yaml", lines: { begin: 7, end: 7 } },
    });
    const moved = fileReport(FILE, check(`# one line more\n${TEXT}`, { ...CONTEXT, namespaces: new Map() }));
    t.same(
      moved.findings.map(({ fingerprint }) => fingerprint),
      checked.findings.map(({ fingerprint }) => fingerprint),
    );
  },
);

t.test("the JSON report is ASCII", async (t) => {
  const text = jsonReport(REPORT);
  t.match(text, /^[\x20-\x7e\n]+$/);
  t.match(JSON.parse(text).faults, [{ file: FILE, line: 20 }, { file: "gone.yaml" }]);
});

t.test(
  "the report for people shows the source line, shortens long lines, and has no control characters",
  async (t) => {
    const plain = (text: string): string => text;
    const text = humanReport(REPORT, plain);
    t.match(text, /^[\P{C}\n]+$/u);
    t.match(text, /: deny: Pod ".*" in shop\n/);
    t.match(
      text,
      '  12 |       lifecycle: {preStop: {exec: {command: ["sleep 3"]}}}\n     |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n',
    );
    const json = JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x".repeat(500) },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 5 } } } }],
      },
    });
    const [, source = "", carets = ""] = humanReport(
      fileReport("long.json", check(json, { ...CONTEXT, namespaces: new Map() })),
      plain,
    ).split("\n");
    t.ok(source.length < 140, source);
    t.equal(
      source.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1),
      '"terminationGracePeriodSeconds":0',
    );
  },
);
