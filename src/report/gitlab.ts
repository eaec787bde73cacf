import { asciiJson } from "../json.ts";
import type { Report, Words } from "./report.ts";

const SEVERITIES: Words<"critical" | "minor" | "info"> = { Deny: "critical", Warn: "minor", Audit: "info" };

/**
 * A Code Quality report, with the fields that GitLab reads. A number makes equal fingerprints unique, because GitLab
 * merges entries with the same fingerprint.
 */
export function gitlabReport({ findings }: Report): string {
  const seen = new Map<string, number>();
  const issues = findings.map(({ id, action, message, fingerprint, file, location }) => {
    const name = `${file}/${fingerprint}`;
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return {
      description: message,
      check_name: id,
      fingerprint: before === 0 ? name : `${name}#${before + 1}`,
      severity: SEVERITIES[action],
      location: {
        path: file.replace(/^(?:\.\/+)+/, ""),
        lines: { begin: location.line, end: location.endLine },
      },
    };
  });
  return `${asciiJson(JSON.stringify(issues, null, 2))}\n`;
}
