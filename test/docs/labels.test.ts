import { readFileSync } from "node:fs";
import t from "tap";
import * as keys from "../../src/policy/model/keys.ts";

const text = readFileSync(new URL("../../docs/labels.md", import.meta.url), "utf8");

t.test("docs/labels.md has exactly the labels and annotations of gracekeeper", async (t) => {
  const ours = Object.values(keys).filter(
    (key) => typeof key === "string" && key.startsWith(keys.PREFIX) && key !== keys.PREFIX,
  );
  const named = [...text.matchAll(/gracekeeper\.dev\/[a-z-]+/g)].map(([key]) => key);
  t.ok(ours.length > 7);
  t.same([...new Set(named)].sort(), [...ours].sort());
});
