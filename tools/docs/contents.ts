/** A heading as GitHub makes an anchor of it. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, "")
    .replaceAll(" ", "-");
}

/** The headings of a level, `##` or `###`. Lines in a block of code do not count. */
export function headingsOf(page: string, level: string): readonly string[] {
  const text = page.replace(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/^(#+) (.*)$/gm)].flatMap(([, marks, heading = ""]) =>
    marks === level ? [heading] : [],
  );
}

/** The page with links to its sections before the first of them. */
export function withContents(page: string): string {
  const links = headingsOf(page, "##").map((heading) => `- [${heading}](#${anchorOf(heading)})\n`);
  return page.replace("\n## ", () => `\n${links.join("")}\n## `);
}
