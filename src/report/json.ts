import { asciiJson } from "../json.ts";
import type { Report } from "./report.ts";

/**
 * For programs. A finding: id, action (Deny, Warn, Audit), file, line, column, endLine, endColumn (1-based, in UTF-16
 * code units; the end is after the last character), object, container, path, message, fix. Then what could not be
 * checked, notes,
 * and the counts.
 */
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
