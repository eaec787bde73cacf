import { linesOf } from "../manifest/lines.ts";
import { itemsOf } from "../manifest/objects.ts";
import { readDocuments } from "../manifest/read.ts";
import { editor } from "./edits.ts";
import type { Checked, Remark } from "./finding.ts";
import { ignoreComments } from "./ignore-comments.ts";
import { checkItem, type Part } from "./item.ts";
import type { CheckOptions } from "./options.ts";
import { repeatedRemark } from "./repeated.ts";

/**
 * Checks every pod, pod template and Namespace in a text, as the webhook would, and locates each finding. Differences
 * from the webhook: comments can silence findings, and templates are always checked. Like explain, check also reports
 * findings in objects that the API server would refuse.
 */
export function check(text: string, options: CheckOptions): Checked {
  const comments = ignoreComments(text, options.configuration.ignorable);
  const parts: Part[] = [];
  const repeated: Remark[] = [];
  const { withEdits = false } = options;
  const lines = linesOf(text);
  for (const document of readDocuments(text, { keepSourceTokens: withEdits })) {
    const around = { ...options, text, comments, ...(withEdits && { editsOf: editor(lines) }) };
    repeated.push(...document.repeated.map(repeatedRemark));
    for (const item of itemsOf(document)) parts.push(checkItem(item, around));
  }
  return {
    findings: parts.flatMap(({ findings = [] }) => findings),
    hidden: parts.reduce((sum, { hidden = 0 }) => sum + hidden, 0),
    ignored: parts.reduce((sum, { ignored = 0 }) => sum + ignored, 0),
    faults: parts.flatMap(({ faults = [] }) => faults),
    notes: [...parts.flatMap(({ notes = [] }) => notes), ...comments.unused()],
    repeated,
    objects: parts.flatMap(({ objects = [] }) => objects),
    skipped: parts.flatMap(({ skipped = [] }) => skipped),
    foreign: parts.filter(({ foreign }) => foreign).length,
  };
}
