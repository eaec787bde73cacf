import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import { BLOCKS, type Block, ROOT } from "./blocks.ts";

/** A test runs or reads every command and every YAML block in the documentation, or a comment says why not. */

/** Languages of blocks that contain commands, code or files. Blocks in other languages show output. */
const DOING = new Set(["sh", "console", "yaml", "ts", "diff"]);

/** Generated pages, each with the test that compares the whole page with the output of its generator. */
const MADE: Readonly<Record<string, string>> = {
  "docs/findings.md": "test/docs/findings.test.ts",
  "docs/configuration.md": "test/docs/configuration-page.test.ts",
};

const NOT_RUN = /^not run: \S.{10,}/;

const COMMANDS = "test/docs/commands.test.ts";
const SNIPPETS = "test/docs/snippets.test.ts";
const ROLLOUT = "test/docs/rollout.test.ts";
const QUICK_START = "test/api-server/pages/check-quick-start.ts";

/** The test that runs or compares the blocks with a marker. An empty page name means all pages. */
const RUNNERS: readonly (readonly [page: string, marker: RegExp, by: string])[] = [
  ["", /^kubectl$/, "test/api-server/pages/check-pages.ts"],
  ["", /^(cli|curl|logs)$/, COMMANDS],
  ["", /^yaml install$/, SNIPPETS],
  ["README.md", /^run (check|session)$/, "test/readme.test.ts"],
  ["docs/certificates.md", /^run /, "test/api-server/certificates/check-switches.ts"],
  ["docs/certificates.md", /^yaml argo$/, "test/docs/certificates.test.ts"],
  ["docs/check.md", /^yaml silence$/, SNIPPETS],
  ["docs/ci.md", /^run library$/, COMMANDS],
  ["docs/ci.md", /^yaml (github|gitlab|pre-commit)$/, "test/docs/ci.test.ts"],
  ["docs/client-certificates.md", /^yaml (admission|credentials)$/, "test/api-server/check-callers.ts"],
  ["docs/client-certificates.md", /^yaml helm$/, "test/docs/client-certificates.test.ts"],
  ["docs/comparison.md", /^yaml cel-/, "test/api-server/pages/check-policies.ts"],
  ["docs/faq.md", /^yaml annotation$/, SNIPPETS],
  ["docs/fix.md", /^(fix|review)$/, "test/docs/fix-page.test.ts"],
  ["docs/injection.md", /^run (diff|applied|bare)$|^yaml configuration$/, SNIPPETS],
  ["docs/install.md", /^run install$/, QUICK_START],
  ["docs/operations.md", /^run /, QUICK_START],
  ["docs/quick-start.md", /^run /, QUICK_START],
  ["docs/rollout.md", /^run /, ROLLOUT],
  ["charts/gracekeeper/README.md", /^run install$/, QUICK_START],
  ["charts/gracekeeper/README.md", /^run (?!install$)/, "test/api-server/chart/run.ts"],
];

const doing = BLOCKS.filter(({ language, page }) => DOING.has(language) && MADE[page] === undefined);

function runnersOf({ page, marker }: Block): readonly string[] {
  return RUNNERS.flatMap(([where, pattern, by]) =>
    (where === "" || where === page) && pattern.test(marker) ? [by] : [],
  );
}

t.test("every block has exactly one test, or a reason why it is not run", async (t) => {
  t.ok(doing.length > 60, `${doing.length} blocks`);
  const notRun = doing.filter(({ marker }) => NOT_RUN.test(marker));
  for (const block of doing) {
    const by = runnersOf(block);
    const wanted = notRun.includes(block) ? 0 : 1;
    t.equal(by.length, wanted, `${block.page}:${block.line} <!-- ${block.marker} -->`);
  }
  t.comment(`${doing.length - notRun.length} blocks run or compared, ${notRun.length} not:`);
  for (const { page, line, marker } of notRun) t.comment(`${page}:${line} ${marker}`);
});

t.test("every test in the list exists and has a block", async (t) => {
  for (const by of Object.values(MADE)) t.ok(existsSync(new URL(by, ROOT)), by);
  for (const [page, pattern, by] of RUNNERS) {
    t.ok(existsSync(new URL(by, ROOT)), by);
    const blocks = doing.filter(
      (block) => (page === "" || page === block.page) && pattern.test(block.marker),
    );
    t.ok(blocks.length > 0, `${page} ${pattern}`);
  }
});

t.test("every marker is right above a block", async (t) => {
  const stray = /^<!-- (?:run|yaml|not run:|kubectl|cli|curl|logs)\b[^\n]*-->\n(?!```)/m;
  for (const page of new Set(BLOCKS.map(({ page }) => page)))
    t.notMatch(readFileSync(new URL(page, ROOT), "utf8"), stray, page);
});

t.test("every block with figures of a measurement says that no test repeats it", async (t) => {
  let count = 0;
  for (const page of new Set(BLOCKS.map(({ page }) => page))) {
    const paragraphs = readFileSync(new URL(page, ROOT), "utf8").split("\n\n");
    for (const paragraph of paragraphs.filter((text) =>
      /\d of \d[\d,]* (?:requests|creates)/.test(text.replaceAll("\n", " ")),
    )) {
      count++;
      t.match(paragraph, /^<!-- measured once: \S.+ -->\n/, page);
    }
  }
  t.equal(count, 3);
});
