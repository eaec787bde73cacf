import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import t from "tap";
import { ENDINGS, OTHER_ENDINGS } from "../../src/explain/ending.ts";
import { explain } from "../../src/explain/explain.ts";
import { readEnding } from "../../src/explain/read-ending.ts";
import { isHarmed } from "../../src/explain/stop.ts";
import { explanationText } from "../../src/explain/text.ts";
import { pod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { valuesOf } from "../manifest/values.ts";
import { CONTEXT } from "../reviews.ts";

/**
 * The output of `explain` for each scenario and each value of `--on`, in `test/testdata/endings/QUERY.txt` and `.json`.
 * `npm run testdata` writes these files: read the diff.
 */
const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, "test/testdata/endings");
const WRITE = process.env["WRITE_TESTDATA"] === "1";

const read = (file: string): readonly unknown[] => valuesOf(readFileSync(join(ROOT, file), "utf8"));

const SCENARIOS = ["fits", "no-time-left", "killed-early", "long-drain"].flatMap((name) =>
  read(`examples/${name}.yaml`),
);
const PODS = read("test/testdata/endings/pods.input.yaml");

const QUERIES = [
  ...Object.keys(ENDINGS).map((on) => `on=${on}`),
  "on=spot&notice=30",
  "on=delete&grace=0",
  "on=drain&grace=20",
  "on=soft-eviction&grace=15",
  "on=node-shutdown&shutdown=0",
];

t.test("docs/explain.md has a row for each ending, with its numbers", async (t) => {
  const page = readFileSync(join(ROOT, "docs/explain.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \|.*$/gm)];
  t.same(rows.map(([, on]) => on).sort(), Object.keys(ENDINGS).sort());
  for (const [row, on = ""] of rows)
    for (const name of ["grace", "shutdown", "critical", "notice"]) {
      const takes = (): unknown => readEnding({ on, [name]: "10" });
      if (row.includes(`\`${name}=N\``)) t.doesNotThrow(takes, `${on} takes ${name}`);
      else t.throws(takes, `${on} does not take ${name}`);
    }
});

t.test("the table of endings agrees with the explanation of each ending", async (t) => {
  let harmed = 0;
  fc.assert(
    fc.property(pod, (object) => {
      const [plain] = explain([object], CONTEXT).documents;
      if (plain === undefined || !("otherEndings" in plain)) return;
      for (const ending of OTHER_ENDINGS) {
        const explanation = explain([object], CONTEXT, ending);
        const [one] = explanation.documents;
        const full = one !== undefined && "containers" in one ? one.containers : [];
        const inTable = plain.otherEndings.find((row) => isDeepStrictEqual(row.ending, ending));
        const names = (inTable?.harmed ?? []).map(({ name }) => name);
        const cut = full.filter(isHarmed).map(({ name }) => name);
        if (!isDeepStrictEqual(names, cut))
          throw new Error(`${ending.on}: ${names} in the table, not ${cut}`);
        const text = explanationText(explanation);
        if (!/^[\x20-\x7e\n]+$/.test(text) || /NaN|Infinity|undefined/.test(text)) throw new Error(text);
        harmed += names.length;
      }
    }),
    { numRuns: cases(200), seed: 313 },
  );
  t.ok(harmed > 100, `${harmed} containers are harmed`);
});

t.test("the explanations of the scenarios under each ending equal the golden files", async (t) => {
  const expected = new Set(["pods.input.yaml"]);
  const same = (name: string, actual: string): void => {
    const file = join(FOLDER, name);
    expected.add(name);
    if (WRITE) writeFileSync(file, actual);
    t.equal(actual, existsSync(file) ? readFileSync(file, "utf8") : undefined, name);
  };
  for (const query of QUERIES) {
    const ending = readEnding(Object.fromEntries(new URLSearchParams(query)));
    const name = query.replace("on=", "").replaceAll(/[&=]/g, "-");
    same(`${name}.txt`, explanationText(explain([...SCENARIOS, ...PODS], CONTEXT, ending)));
    if (!query.includes("&"))
      same(`${name}.json`, `${JSON.stringify(explain(SCENARIOS, CONTEXT, ending), null, 1)}\n`);
  }
  t.same(
    readdirSync(FOLDER).filter((file) => !expected.has(file)),
    [],
    "no file without its ending",
  );
});
