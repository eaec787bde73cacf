/** The anchor that GitHub makes for a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}

/** The headings of a level, `##` or `###`. Lines in code blocks are ignored. */
export function headingsOf(page: string, level: string): readonly string[] {
  const text = page.replace(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/^(#+) (.*)$/gm)].flatMap(([, marks, heading = ""]) =>
    marks === level ? [heading] : [],
  );
}

/** Inserts a table of contents before the first section. */
export function withContents(page: string): string {
  const links = headingsOf(page, "##").map((heading) => `- [${heading}](#${anchorOf(heading)})\n`);
  return page.replace("\n## ", () => `\n${links.join("")}\n## `);
}
