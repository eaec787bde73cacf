import { asciiJson } from "../json.ts";
import type { Report } from "./report.ts";

/** The report for programs. Columns begin at 1 and count UTF-16 code units. The end is after the last character. */
export function jsonReport({ findings, faults, notes, summary }: Report): string {
  const shown = findings.map(({ id, action, file, location, object, container, path, message, fix }) => {
    const { line, column, endLine, endColumn } = location;
    const { title: _, ...name } = object;
    return {
      id,
      action,
      file,
      line,
      column,
      endLine,
      endColumn,
      object: name,
      container,
      path,
      message,
      fix,
    };
  });
  return `${asciiJson(JSON.stringify({ findings: shown, faults, notes, summary }, null, 2))}\n`;
}
