import { readFileSync } from "node:fs";
import { posix } from "node:path";
import t from "tap";
import { anchorOf, headingsOf, withContents } from "../../tools/docs/contents.ts";
import { PAGES, ROOT } from "./blocks.ts";
import { linksOf } from "./page.ts";

/**
 * Tests the documentation as a whole: every page is linked, every link has a target, and every long page has a table of
 * contents.
 */
const INDEX = "docs/README.md";

/** A page with more lines than one and a half screens needs a table of contents. */
const SHORT_LINES = 75;

const read = (page: string): string => readFileSync(new URL(page, ROOT), "utf8");

/** The pages that a page links to. */
const linked = (page: string): readonly string[] =>
  linksOf(page)
    .map(({ link }) => posix.join(posix.dirname(page), link.replace(/#.*/, "")))
    .filter((target) => PAGES.includes(target));

t.test("every page can be reached from the index, and README.md links to the index", async (t) => {
  const reached = new Set([INDEX]);
  for (const page of reached) for (const next of linked(page)) reached.add(next);
  for (const page of PAGES) t.ok(reached.has(page), page);
  t.ok(linked("README.md").includes(INDEX));
});

t.test("the index links directly to every page", async (t) => {
  const index = linked(INDEX);
  for (const page of PAGES) t.ok(page === INDEX || index.includes(page), page);
});

t.test("every link leads to a file and a heading of this repository", async (t) => {
  let count = 0;
  for (const page of [...PAGES, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]) {
    for (const { link, ok } of linksOf(page)) {
      count++;
      t.ok(ok, `${page}: ${link}`);
    }
  }
  t.ok(count > 250, `${count} links`);
  t.comment(`${count} links`);
});

t.test("a page longer than a screen and a half begins with links to its sections", async (t) => {
  const long = PAGES.filter((page) => read(page).trimEnd().split("\n").length > SHORT_LINES);
  t.ok(long.length > 10, `${long.length} long pages`);
  for (const page of long) {
    const text = read(page);
    const [head = ""] = text.split("\n## ");
    const contents = [...head.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    // The sections of the runbook are alerts, with headings one level deeper.
    const sections = ["##", "###"].map((level) => headingsOf(text, level).map(anchorOf));
    t.ok(
      sections.some((anchors) => anchors.length > 0 && anchors.join() === contents.join()),
      `${page}: ${contents.join(", ")}`,
    );
  }
});

t.test("a command in a sentence is on one line, so that it can be copied from the file", async (t) => {
  const blocks = /^ *```[\s\S]*?^ *```$/gm;
  for (const page of [...PAGES, "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"])
    for (const paragraph of read(page)
      .replace(blocks, "")
      .split(/\n{2,}/))
      for (const [code] of paragraph.matchAll(/`[^`]+`/g)) t.notMatch(code, /\n/, page);
});

t.test("a table of contents has headings, but no lines of code blocks", async (t) => {
  const page = "# A\n\ntext\n\n## B & c\n\n```sh\n## no heading\n```\n\n### D\n\n## E `f/g.sh`\n";
  t.same(headingsOf(page, "##"), ["B & c", "E `f/g.sh`"]);
  t.match(withContents(page), "\ntext\n\n- [B & c](#b--c)\n- [E `f/g.sh`](#e-fgsh)\n\n## B & c\n");
});
