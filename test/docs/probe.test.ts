import { readFileSync } from "node:fs";
import t from "tap";
import { CAUSES, reasonOf } from "../../src/kube/probe/causes.ts";

const page = readFileSync(new URL("../../docs/probe.md", import.meta.url), "utf8");

t.test("docs/probe.md has every cause in order, with the texts of the log", async (t) => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(([, cause, reason]) => [
    cause,
    reason,
  ]);
  t.same(
    rows,
    CAUSES.map((cause) => [cause, reasonOf(cause)]),
  );
});
