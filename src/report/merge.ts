import type { Checked } from "../check/finding.ts";
import type { Action } from "../policy/model/action.ts";
import type { Fault, Report, Summary } from "./report.ts";

/** The report on one file. */
export function fileReport(file: string, checked: Checked): Report {
  const inFile = <Thing extends object>(things: readonly Thing[]): readonly (Thing & { file: string })[] =>
    things.map((thing) => ({ ...thing, file }));
  const { findings, hidden, objects, ignored, foreign } = checked;
  const times = (wanted: Action): number => findings.filter(({ action }) => action === wanted).length;
  return {
    findings: inFile(findings),
    faults: inFile(checked.faults),
    notes: inFile(checked.notes),
    repeated: inFile(checked.repeated),
    objects: inFile(objects),
    summary: {
      files: 1,
      objects: objects.length,
      deny: times("Deny"),
      warn: times("Warn"),
      audit: times("Audit") + hidden,
      ignored,
      skipped: counted(checked.skipped.map((kind) => [kind, 1])),
      foreign,
    },
  };
}

/** The report on a file that could not be read. */
export function faultReport(fault: Fault): Report {
  return { ...merged([]), faults: [fault] };
}

export function merged(reports: readonly Report[]): Report {
  const summaries = reports.map(({ summary }) => summary);
  const sum = (count: Exclude<keyof Summary, "skipped">): number =>
    summaries.reduce((total, summary) => total + summary[count], 0);
  return {
    findings: reports.flatMap(({ findings }) => findings),
    faults: reports.flatMap(({ faults }) => faults),
    notes: reports.flatMap(({ notes }) => notes),
    repeated: reports.flatMap(({ repeated }) => repeated),
    objects: reports.flatMap(({ objects }) => objects),
    summary: {
      files: sum("files"),
      objects: sum("objects"),
      deny: sum("deny"),
      warn: sum("warn"),
      audit: sum("audit"),
      ignored: sum("ignored"),
      skipped: counted(summaries.flatMap(({ skipped }) => Object.entries(skipped))),
      foreign: sum("foreign"),
    },
  };
}

function counted(all: readonly (readonly [kind: string, times: number])[]): Summary["skipped"] {
  const counts = new Map<string, number>();
  for (const [kind, times] of all) counts.set(kind, (counts.get(kind) ?? 0) + times);
  return Object.fromEntries(counts);
}
