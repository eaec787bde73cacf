import { existsSync, readFileSync } from "node:fs";
import { anchorOf, headingsOf } from "../../tools/docs/contents.ts";

const ROOT = new URL("../../", import.meta.url);

/** The cells of every table row below the heading `title`, without header rows. */
export function rowsOf(page: string, title: string): readonly (readonly string[])[] {
  const [, after = ""] = page.split(`\n## ${title}\n`);
  const [section = ""] = after.split("\n## ");
  const lines = section.split("\n");
  return lines
    .filter((line, index) => line.startsWith("|") && !isHead(line) && !isHead(lines[index + 1] ?? ""))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

function isHead(line: string): boolean {
  return /^\|(-+\|)+$/.test(line);
}

/** The texts in backquotes. */
export function quotedIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, quoted = ""]) => quoted);
}

/** The links to files and headings of this repository, and whether their targets exist. */
export function linksOf(path: string): readonly { readonly link: string; readonly ok: boolean }[] {
  const page = new URL(path, ROOT);
  const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => !link.startsWith("https:")).map((link) => ({ link, ok: leads(page, link) }));
}

function leads(from: URL, link: string): boolean {
  const [file = "", anchor] = link.split("#");
  const to = file === "" ? from : new URL(file, from);
  return existsSync(to) && (anchor === undefined || headings(readFileSync(to, "utf8")).includes(anchor));
}

function headings(page: string): readonly string[] {
  return ["##", "###"].flatMap((level) => headingsOf(page, level)).map(anchorOf);
}
