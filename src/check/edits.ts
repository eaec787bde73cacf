import { sourceOf } from "../edit/edits.ts";
import { fixEdits } from "../edit/fix-edits.ts";
import type { Lines } from "../manifest/lines.ts";
import { between } from "../manifest/location.ts";
import type { EditsOf } from "./reported.ts";

/** Makes the edits that fix the findings in one YAML document. The function keeps no state for the next document. */
export function editor(lines: Lines): EditsOf {
  const source = sourceOf(lines.text);
  return (item, finding) =>
    fixEdits(source, item, finding)?.map((edit) => {
      const { line, column, endLine, endColumn } = between(edit.start, edit.end, { exact: true, lines });
      return { line, column, endLine, endColumn, text: edit.text };
    });
}
