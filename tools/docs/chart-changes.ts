/**
 * Writes into Chart.yaml what Artifact Hub reads there of a version: its changes, from the newest entry of CHANGELOG.md, and
 * whether it is a pre-release: `node tools/docs/chart-changes.ts --write`. Without `--write` it prints the file.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDocument, Scalar, stringify } from "yaml";
import { runPage } from "./page.ts";

const ROOT = new URL("../../", import.meta.url);
export const CHART_FILE = fileURLToPath(new URL("charts/gracekeeper/Chart.yaml", ROOT));
const CHANGELOG = fileURLToPath(new URL("CHANGELOG.md", ROOT));

/** The items of the newest entry, as plain text: Artifact Hub shows it as it is. */
export function changes(changelog: string): readonly string[] {
  const [, entry = ""] = changelog.split(/^## /m);
  return entry.split(/^- /m).slice(1).map(plain);
}

/** Links in brackets are left out: they lead to files beside the changelog. */
function plain(markdown: string): string {
  return markdown
    .replaceAll(/\s*\(\[[^)]*\)(?:,\s*\[[^)]*\))*\)/g, "")
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/\*\*|`/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
}

export function chartText(): string {
  const chart = parseDocument(readFileSync(CHART_FILE, "utf8"));
  const list = new Scalar(stringify(changes(readFileSync(CHANGELOG, "utf8")), { lineWidth: 0 }));
  list.type = "BLOCK_LITERAL";
  chart.setIn(["annotations", "artifacthub.io/changes"], list);
  const isPrerelease = new Scalar(String(String(chart.get("version")).includes("-")));
  isPrerelease.type = "QUOTE_DOUBLE";
  chart.setIn(["annotations", "artifacthub.io/prerelease"], isPrerelease);
  return chart.toString({ lineWidth: 0, flowCollectionPadding: false });
}

runPage(import.meta.url, { file: CHART_FILE, text: chartText });
