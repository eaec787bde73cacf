import { readFileSync } from "node:fs";
import { test } from "tap";
import { PAGE, page } from "../../tools/docs/hooks-page.ts";

test("docs/hooks.md is up to date (npm run docs)", (t) => {
  t.equal(readFileSync(PAGE, "utf8"), page());
  t.end();
});
