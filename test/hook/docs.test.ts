import { readFileSync } from "node:fs";
import { test } from "tap";
import { PAGE, page } from "../../tools/docs/hooks-page.ts";

test("docs/hooks.md says what the code does (node test/docs/hooks-page.ts --write)", (t) => {
  t.equal(readFileSync(PAGE, "utf8"), page());
  t.end();
});
