import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A page that is made from the code, and the file it stands in. */
export interface Page {
  readonly file: string;
  readonly text: () => string;
}

/** What the script that makes a page does when it is run: with `--write` it writes the file, else it prints. */
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
