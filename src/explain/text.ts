import type { Explanation } from "./explain.ts";

/** The explanation as plain text for a terminal: printable ASCII, at most 100 columns, ends with a newline. */
export function explanationText(explanation: Explanation): string {
  return `${explanation.documents.length}\n`;
}
