import { readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { CHART_FILE, changes, chartText } from "../../tools/docs/chart-changes.ts";
import "../patience.ts";

/**
 * Compares the annotations that Artifact Hub knows (artifacthub/hub docs/helm_annotations.md) with those of the chart.
 */
const CATEGORIES = [
  "ai-machine-learning",
  "database",
  "integration-delivery",
  "monitoring-logging",
  "networking",
  "security",
  "storage",
  "streaming-messaging",
];

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const { annotations } = parse(read("charts/gracekeeper/Chart.yaml"));

t.test(
  "the chart has the changes of the newest version (node tools/docs/chart-changes.ts --write)",
  async (t) => {
    t.equal(readFileSync(CHART_FILE, "utf8"), chartText());
    const listed = parse(annotations["artifacthub.io/changes"]);
    t.same(listed, changes(read("CHANGELOG.md")));
    t.ok(listed.length > 0);
    for (const line of listed) t.notMatch(line, /[*`[\]]|\.md/);
  },
);

t.test("an entry of CHANGELOG.md becomes a list of plain sentences", async (t) => {
  const entry =
    "# Changelog\n\nWhat users see.\n\n## 0.2.0\n\n- **Fixed**: `a` of\n  b ([one](a.md), [two](b.md)).\n- [c](c.md) d\n";
  t.same(changes(`${entry}\n## 0.1.0\n\n- The first.\n`), ["Fixed: a of b.", "c d"]);
});

t.test("the chart has a category of Artifact Hub, and the licence of the package", async (t) => {
  t.ok(CATEGORIES.includes(annotations["artifacthub.io/category"]));
  t.equal(annotations["artifacthub.io/license"], JSON.parse(read("package.json")).license);
  for (const [name, value] of Object.entries(annotations)) t.type(value, "string", name);
});
