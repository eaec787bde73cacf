import { linesOf } from "../manifest/lines.ts";
import { itemsOf } from "../manifest/objects.ts";
import { readDocuments } from "../manifest/read.ts";
import { editor } from "./edits.ts";
import type { Checked } from "./finding.ts";
import { ignoreComments } from "./ignore-comments.ts";
import { checkItem, type Part } from "./item.ts";
import type { CheckOptions } from "./options.ts";

/**
 * Checks every pod, pod template and Namespace in a text: the decision of the webhook before anything is applied, with the
 * place of each finding. What differs from a webhook's: findings that are seen before the API server's own validation, as
 * in explain, and comments that silence. Templates are always checked.
 */
export function check(text: string, options: CheckOptions): Checked {
  const comments = ignoreComments(text, options.configuration.ignorable);
  const parts: Part[] = [];
  const { withEdits = false } = options;
  const lines = linesOf(text);
  for (const document of readDocuments(text, { keepSourceTokens: withEdits })) {
    const around = { ...options, text, comments, ...(withEdits && { editsOf: editor(lines) }) };
    for (const item of itemsOf(document)) parts.push(checkItem(item, around));
  }
  return {
    findings: parts.flatMap(({ findings = [] }) => findings),
    ignored: parts.reduce((sum, { ignored = 0 }) => sum + ignored, 0),
    faults: parts.flatMap(({ faults = [] }) => faults),
    notes: [...parts.flatMap(({ notes = [] }) => notes), ...comments.unused()],
    objects: parts.flatMap(({ objects = [] }) => objects),
    skipped: parts.flatMap(({ skipped = [] }) => skipped),
    foreign: parts.filter(({ foreign }) => foreign).length,
  };
}
