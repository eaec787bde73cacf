import type { Edit } from "../../edit/site.ts";
import { unifiedDiff } from "../../fix/diff.ts";
import { clean } from "../../report/human.ts";
import { painterOn, type Style } from "../colour.ts";

type Role = "name" | "place" | "old" | "now" | "same";

const STYLES: Readonly<Record<Role, Style>> = {
  name: "bold",
  place: "cyan",
  old: "red",
  now: "green",
  same: "reset",
};

/**
 * Writes the diff of a file to standard output, in the exact bytes that `patch` needs. A terminal gets colours and no
 * control characters.
 */
export function showDiff(name: string, text: string, edits: readonly Edit[]): void {
  const diff = unifiedDiff(name.replace(/^(?:\.?\/)+/, ""), text, edits);
  process.stdout.write(process.stdout.isTTY ? forTerminal(diff) : diff);
}

function forTerminal(diff: string): string {
  const paint = painterOn(process.stdout, STYLES);
  return diff
    .split("\n")
    .map((line) => (line === "" ? "" : paint(clean(line.replace(/\r$/, "")), roleOf(line))))
    .join("\n");
}

function roleOf(line: string): Role {
  if (/^(?:---|\+\+\+) /.test(line)) return "name";
  if (line.startsWith("@@ ")) return "place";
  if (line.startsWith("-")) return "old";
  return line.startsWith("+") ? "now" : "same";
}
