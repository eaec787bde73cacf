import { sourceOf } from "../edit/edits.ts";
import { fixEdits } from "../edit/fix-edits.ts";
import { linesOf } from "../manifest/lines.ts";
import { between } from "../manifest/location.ts";
import type { EditsOf } from "./reported.ts";

/** What mends the findings of one document of a text. */
export function editor(text: string): EditsOf {
  const source = sourceOf(text);
  const lines = linesOf(text);
  return (item, finding) =>
    fixEdits(source, item, finding)?.map((edit) => {
      const { line, column, endLine, endColumn } = between(edit.start, edit.end, { exact: true, lines });
      return { line, column, endLine, endColumn, text: edit.text };
    });
}
