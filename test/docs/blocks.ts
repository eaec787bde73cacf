import { readdirSync, readFileSync } from "node:fs";

export const ROOT = new URL("../../", import.meta.url);

/** The pages of the documentation. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(new URL("docs/", ROOT))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "charts/gracekeeper/README.md",
];

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** The line of the opening fence, counted from 1. */
  readonly line: number;
  readonly language: string;
  /** The comment right above the block. The comment names the test that runs the block, or says why no test does. */
  readonly marker: string;
  readonly text: string;
}

const FENCED = /(?:^<!-- ([^\n]*) -->\n)?^```([^\n]*)\n([\s\S]*?)^```$/gm;

export function blocksOf(page: string): readonly Block[] {
  const source = readFileSync(new URL(page, ROOT), "utf8");
  return [...source.matchAll(FENCED)].map(
    ({ 0: all, 1: marker = "", 2: language = "", 3: text = "", index }) => {
      const fence = index + all.indexOf("```");
      return { page, line: source.slice(0, fence).split("\n").length, language, marker, text };
    },
  );
}

export const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf);

export const marked = (marker: string): readonly Block[] => BLOCKS.filter((block) => block.marker === marker);

/** The block of this page with this marker. */
export function block(page: string, marker: string): Block {
  const [found] = BLOCKS.filter((one) => one.page === page && one.marker === marker);
  if (found === undefined) throw new Error(`${page} has no block "${marker}"`);
  return found;
}
