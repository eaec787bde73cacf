import { readFileSync } from "node:fs";
import t from "tap";
import { PAGE, page } from "../../tools/docs/fix-page.ts";
import "../patience.ts";

t.test("docs/fix.md is up to date (node tools/docs/fix-page.ts --write)", async (t) => {
  t.equal(readFileSync(PAGE, "utf8"), page());
  for (const part of ["fix", "mechanical", "by hand", "review"])
    t.match(page(), new RegExp(`<!-- ${part} -->\\n(?:\`\`\`|\\| id)`), part);
});
