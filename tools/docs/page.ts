import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A generated page, and the path of its file. */
export interface Page {
  readonly file: string;
  readonly text: () => string;
}

/** The main function of a page script. With `--write` it writes the file; otherwise it prints the page. */
export function runPage(moduleUrl: string, { file, text }: Page): void {
  if (process.argv[1] !== fileURLToPath(moduleUrl)) return;
  if (process.argv.includes("--write")) writeFileSync(file, text());
  else console.log(text());
}

/** Escapes a text for a cell of a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

export function codeBlock(language: string, lines: string): string {
  return `\`\`\`${language}\n${lines.trimEnd()}\n\`\`\``;
}
