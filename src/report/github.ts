import type { CheckedFinding, Remark } from "../check/finding.ts";
import type { Fault, InFile, Report, Words } from "./report.ts";

const COMMANDS: Words<"error" | "warning" | "notice"> = { Deny: "error", Warn: "warning", Audit: "notice" };

/** Workflow commands of GitHub Actions. GitHub shows them as annotations on the lines of a pull request. */
export function githubReport({ findings, faults, notes }: Report): string {
  return [
    ...findings.map((finding) => command(COMMANDS[finding.action], placeOf(finding), finding.message)),
    ...faults.map(({ text, ...place }) =>
      command("error", { ...properties(place), title: "gracekeeper could not check this" }, text),
    ),
    ...notes.map(({ text, ...place }) =>
      command("notice", { ...properties(place), title: "gracekeeper" }, text),
    ),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

type Properties = Readonly<Record<string, string | number | undefined>>;

/** GitHub accepts columns only if the range is within one line. */
function placeOf({ file, location, id }: InFile<CheckedFinding>): Properties {
  const { line, column, endLine, endColumn } = location;
  const end = line === endLine ? { col: column, endColumn } : {};
  return { file, line, endLine, ...end, title: id };
}

function properties({ file, line, column }: Omit<Fault | InFile<Remark>, "text">): Properties {
  return { file, line, col: column };
}

/** Source of the escapes: actions/toolkit packages/core/src/command.ts `escapeData`, `escapeProperty`. */
function command(name: string, given: Properties, text: string): string {
  const list = Object.entries(given).flatMap(([key, value]) =>
    value === undefined
      ? []
      : [`${key}=${escaped(`${value}`).replaceAll(":", "%3A").replaceAll(",", "%2C")}`],
  );
  return `::${name} ${list.join(",")}::${escaped(text)}`;
}

/** Replaces other control characters, which could affect a terminal that shows the log. */
function escaped(text: string): string {
  return text
    .replaceAll("%", "%25")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A")
    .replace(/\p{Cc}/gu, "?");
}
