import type { CheckedFinding } from "../check/finding.ts";
import { printable } from "../policy/messages/quote.ts";
import { type InFile, objectText, placeText, type Report, type Summary, type Words } from "./report.ts";

/** The kind of a text in the report, which decides the colour of the text. */
export type Role = "deny" | "warn" | "audit" | "place" | "faint";

/** Colours a text by its role. Without colours, the text stays the same. */
export type Paint = (text: string, role: Role) => string;

const WORDS: Words<"deny" | "warn" | "audit"> = { Deny: "deny", Warn: "warn", Audit: "audit" };

/** The maximum length of a quoted line of the manifest. A longer line, such as JSON on one line, is cut. */
const LONGEST_SOURCE = 120;
/** A cut line keeps this many characters before the field. */
const CONTEXT = 30;

/** The report for people: each finding with its line of the manifest, then a summary of the check. */
export function humanReport({ findings, faults, notes, summary }: Report, paint: Paint): string {
  const blocks = [
    ...findings.map((finding) => findingText(finding, paint)),
    ...notes.map((note) => `${paint(placeText(note), "place")}: note: ${clean(note.text)}\n`),
    summaryText(summary, findings, faults.length),
  ];
  return blocks.join("\n");
}

function findingText(finding: InFile<CheckedFinding>, paint: Paint): string {
  const { file, location, action, object, message } = finding;
  const word = WORDS[action];
  const place = paint(clean(placeText({ file, ...location })), "place");
  return [
    `${place}: ${paint(word, word)}: ${clean(objectText(object))}`,
    ...sourceLines(finding).map((line) => paint(line, "faint")),
    `  ${message}`,
    "",
  ].join("\n");
}

/** The line with the field, and a line of carets under the field. */
function sourceLines({ source, location }: CheckedFinding): readonly string[] {
  const { line, column, endLine, endColumn } = location;
  const cut = source.length > LONGEST_SOURCE ? Math.max(0, column - 1 - CONTEXT) : 0;
  const shown = clean(source.slice(cut, cut + LONGEST_SOURCE));
  const start = column - 1 - cut;
  const end = endLine === line ? endColumn - 1 - cut : shown.length;
  const carets = "^".repeat(Math.max(1, Math.min(end, shown.length) - start));
  const margin = " ".repeat(`${line}`.length);
  return [`  ${line} | ${shown}`, `  ${margin} | ${" ".repeat(start)}${carets}`];
}

/** Replaces characters that move the cursor, hide text or change the writing direction. The length stays the same. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => (one === "\t" ? " " : "?"));
}

function summaryText(summary: Summary, shown: readonly CheckedFinding[], faults: number): string {
  const { files, objects, deny, warn, audit, ignored, foreign } = summary;
  const isHidden = audit > 0 && !shown.some(({ action }) => action === "Audit");
  const found = [
    ...(deny > 0 ? [`${deny} deny`] : []),
    ...(warn > 0 ? [`${warn} warn`] : []),
    ...(audit > 0 ? [`${audit} audit${isHidden ? " (--show audit shows them)" : ""}`] : []),
  ];
  const skipped = [
    ...Object.entries(summary.skipped).map(([kind, times]) => `${times} ${printable(kind)}`),
    ...(foreign > 0
      ? [
          `${plural(foreign, "document")} that ${foreign === 1 ? "is not a Kubernetes object" : "are not Kubernetes objects"}`,
        ]
      : []),
  ];
  const checked = `${plural(objects, "object")} in ${plural(files, "file")} checked`;
  return [
    objects === 0 && faults > 0
      ? "Nothing was checked."
      : `${checked}: ${found.join(", ") || "nothing found"}.`,
    ...(faults > 0 ? [`Could not be checked: ${faults}. See standard error.`] : []),
    ...(ignored > 0 ? [`Ignored by annotation or comment: ${ignored}.`] : []),
    ...(skipped.length > 0 ? [`Not checked: ${skipped.join(", ")}.`] : []),
    "",
  ].join("\n");
}

function plural(times: number, word: string): string {
  return `${times} ${word}${times === 1 ? "" : "s"}`;
}
