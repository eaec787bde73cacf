import { readFileSync } from "node:fs";
import t from "tap";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { PAGE, page } from "../../tools/docs/findings-page.ts";

t.test("docs/findings.md is up to date (npm run docs)", async (t) => {
  t.equal(readFileSync(PAGE, "utf8"), page());
});

t.test("docs/findings.md has a section and a line of the contents for the id in each message", async (t) => {
  const text = page();
  const ids = RULE_INFO.map(({ id }) => id);
  t.same(
    [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading),
    ids,
  );
  t.same(
    [...text.matchAll(/^\| \[`([^`]+)`\]\(#([^)]+)\)/gm)].map(([, id, anchor]) => [id, anchor]),
    ids.map((id) => [id, id]),
  );
});

t.test(
  "each section has a message with its id, a picture or the reason for none, and a way to ignore it",
  async (t) => {
    for (const section of page().split(/^## /m).slice(1)) {
      const id = section.slice(0, section.indexOf("\n"));
      t.ok(section.includes(`[${id}]`), `${id}: a message`);
      t.match(section, /\n *0s .*\n.*K\n|There is no picture: /, `${id}: a picture`);
      t.match(section, /\*\*Ignore it\.\*\*/, `${id}: ignore`);
    }
  },
);

t.test("docs/findings.md has no external links", async (t) => {
  t.notMatch(page(), /https?:/);
});
