import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A page that is generated from the code, and its file. */
export interface Page {
  readonly file: string;
  readonly text: () => string;
}

/** The main function of a page script: with `--write` it writes the file, else it prints the page. */
export function runPage(moduleUrl: string, { file, text }: Page): void {
  if (process.argv[1] !== fileURLToPath(moduleUrl)) return;
  if (process.argv.includes("--write")) writeFileSync(file, text());
  else console.log(text());
}

/** Text that may stand in a cell of a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

export function codeBlock(language: string, lines: string): string {
  return `\`\`\`${language}\n${lines.trimEnd()}\n\`\`\``;
}
