import { sourceOf } from "../edit/edits.ts";
import { fixEdits } from "../edit/fix-edits.ts";
import type { Lines } from "../manifest/lines.ts";
import { between } from "../manifest/location.ts";
import type { EditsOf } from "./reported.ts";

/** What mends the findings of one document of a text. What is known of the document is not kept for the next one. */
export function editor(lines: Lines): EditsOf {
  const source = sourceOf(lines.text);
  return (item, finding) =>
    fixEdits(source, item, finding)?.map((edit) => {
      const { line, column, endLine, endColumn } = between(edit.start, edit.end, { exact: true, lines });
      return { line, column, endLine, endColumn, text: edit.text };
    });
}
