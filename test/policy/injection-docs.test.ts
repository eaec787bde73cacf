import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { SAFE_OWNERS } from "../../src/policy/injection/owners.ts";
import { SKIP_REASONS } from "../../src/policy/injection/skip.ts";
import { page } from "../../tools/docs/injection-page.ts";
import { CONTEXT, patchIn, podOf, reviewOf } from "../reviews.ts";
import { graceIn, patched } from "./injection-rules.ts";

/** Tests docs/injection.md: computes every number in its tables with the code. */

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/injection.md"), "utf8");

/** The rows of the first table after `text`, as lists of cells without backticks. */
function rowsAfter(text: string): readonly (readonly string[])[] {
  const lines = PAGE.slice(PAGE.indexOf(text) + text.length).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|---"));
  const table = lines.slice(start + 1);
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(0, end).map((line) => line.slice(2, -2).replaceAll("`", "").split(" | "));
}

function seconds(cell: string | undefined): number | undefined {
  return cell === "-" || cell === undefined ? undefined : Number(cell);
}

t.test("the examples in docs/injection.md are right", async (t) => {
  const rows = rowsAfter("<!-- examples -->");
  for (const [strategy, before, sleep, asked, limit, after, left] of rows) {
    const configuration = {
      ...CONTEXT.configuration,
      strategy: strategy === "Fit" ? ("Fit" as const) : ("Extend" as const),
      maxGraceSeconds: seconds(limit),
    };
    const annotations = {
      "gracekeeper.dev/prestop-sleep-seconds": sleep,
      ...(asked !== "-" && { "gracekeeper.dev/shutdown-seconds": asked }),
    };
    const pod = podOf(
      { terminationGracePeriodSeconds: seconds(before), containers: [{ name: "web" }] },
      { annotations },
    );
    const decided = mutate(readReview(reviewOf(pod)), { ...CONTEXT, configuration });
    const result = graceIn(patched(pod, patchIn(decided)));
    const added = decided.record.action === "patched";
    t.same(
      [added ? `${result}` : "left alone", `${added ? result - Number(sleep) : result}`],
      [after, left],
      `${strategy} ${before} ${sleep} ${asked} ${limit}`,
    );
  }
  for (const strategy of ["Extend", "Fit"])
    t.ok(rows.filter(([one]) => one === strategy).length >= 2, `two or more of ${strategy}`);
});

t.test("docs/injection.md has the time that a shorter delete leaves (npm run docs)", async (t) => {
  t.equal(PAGE, page());
  for (const [what = "", grace, , left] of rowsAfter("<!-- shorter -->"))
    if (what.startsWith("a delete with"))
      t.equal(Math.max(2, Number(grace) - 10), Number(left), "max(2, n - N)");
});

t.test("docs/injection.md has every reason in the order of the checks", async (t) => {
  t.same(
    rowsAfter("The first reason that applies is used, in this order:").map(([reason]) => reason),
    SKIP_REASONS,
  );
});

t.test("docs/injection.md has every safe owner, with its source", async (t) => {
  t.same(
    rowsAfter("<!-- owners -->"),
    SAFE_OWNERS.map(({ group, kind, source }) => [group, kind, source.replaceAll("`", "")]),
  );
  const named = SAFE_OWNERS.map(({ group, kind }) => `${group}/${kind}`);
  t.equal(new Set(named).size, named.length, "each once");
});

t.test("the table of versions in docs/injection.md is right", async (t) => {
  const minors: Readonly<Record<string, readonly (number | undefined)[]>> = {
    unknown: [undefined],
    "1.29 and older": [28, 29],
    "1.30 to 1.32": [30, 31, 32],
    "1.33 and newer": [33, 37, 40],
  };
  const rows = rowsAfter("## Versions");
  t.same(
    rows.map(([version]) => version),
    Object.keys(minors),
  );
  for (const [version = "", ...cells] of rows)
    for (const kubernetesMinor of minors[version] ?? [])
      for (const [place, sleepAction] of (["Auto", "Native", "Exec"] as const).entries()) {
        const configuration = { ...CONTEXT.configuration, kubernetesMinor, sleepAction };
        const review = readReview(reviewOf(podOf({ containers: [{ name: "web" }] })));
        const [hook] = patchIn(mutate(review, { ...CONTEXT, configuration }));
        const { sleep, exec } =
          ((hook?.value ?? {}) as { preStop?: { sleep?: object; exec?: object } }).preStop ?? {};
        const done = sleep ? "sleep action" : exec ? "command" : "nothing";
        t.equal(done, cells[place], `${kubernetesMinor} ${sleepAction}`);
      }
});

t.test("docs/injection.md has the defaults and the warning", async (t) => {
  const { strategy, sleepAction, prestopSleepSeconds, inject, containers } = DEFAULT_CONFIGURATION;
  t.match(PAGE, `\`${strategy}\` (default)`);
  t.match(PAGE, `\`${sleepAction}\` (default)`);
  t.match(PAGE, `\`prestopSleepSeconds\` | ${prestopSleepSeconds} s |`);
  t.match(PAGE, `(default ${inject.skipOwners.join(", ")})`);
  t.match(PAGE, `(default ${containers.notJudged.map(({ name }) => name).join(", ")})`);
  const pod = podOf({ terminationGracePeriodSeconds: 30, containers: [{ name: "web" }] });
  const [warning] = mutate(readReview(reviewOf(pod)), CONTEXT).response.response.warnings ?? [];
  t.match(PAGE, `Warning: ${warning}`);
  const managedFields = [
    { operation: "Apply", fieldsV1: { "f:spec": { "f:terminationGracePeriodSeconds": {} } } },
  ];
  const applied = { ...pod, metadata: { name: "web", managedFields } };
  const [stays] = mutate(readReview(reviewOf(applied)), CONTEXT).response.response.warnings ?? [];
  t.match(PAGE, `Warning: ${stays}`);
});
