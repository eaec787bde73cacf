/**
 * Writes annotations for Artifact Hub into Chart.yaml: `node tools/docs/chart-changes.ts --write`. The annotations have
 * the changes of the newest entry in CHANGELOG.md, and say whether the version is a pre-release. Without `--write` it
 * prints the file.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDocument, Scalar, stringify } from "yaml";
import { runPage } from "./page.ts";

const ROOT = new URL("../../", import.meta.url);
export const CHART_FILE = fileURLToPath(new URL("charts/gracekeeper/Chart.yaml", ROOT));
const CHANGELOG = fileURLToPath(new URL("CHANGELOG.md", ROOT));

/** The items of the newest entry as plain text, because Artifact Hub does not render Markdown. */
export function changes(changelog: string): readonly string[] {
  const [, entry = ""] = changelog.split(/^## /m);
  return entry.split(/^- /m).slice(1).map(plain);
}

/** Links in brackets are removed, because they lead to files of the repository. */
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
