import type { DocumentExplanation, PodExplanation } from "../explain.ts";
import { type DocumentWords, wordsOf } from "../words/words.ts";
import { type Element, element } from "./element.ts";
import { WIDTH } from "./frame.ts";
import { type Block, notePicture, podPicture } from "./pod.ts";
import { paper, picture } from "./sheet.ts";
import { patterns, styleSheet, type Theme } from "./style.ts";

/** The space below each picture, and between two pictures, in pixels. */
const BELOW = 24;
const BETWEEN = 16;

/**
 * Draws the timelines below each other in one SVG: printable ASCII, without scripts and external references. The same
 * explanation gives the same bytes.
 */
export function explanationSvg(documents: readonly DocumentExplanation[], theme: Theme = "auto"): string {
  const words = documents.map(wordsOf);
  let height = -BETWEEN;
  const cards = documents.map((one, index) => {
    const block = blockOf(one, words[index] ?? wordsOf(one));
    const top = height + BETWEEN;
    height = top + block.height + BELOW;
    return card(block, top);
  });
  const title = titleOf(words);
  const described = words.map(description).join("\n\n");
  return picture({ width: WIDTH, height, title, description: described }, [
    styleSheet(theme),
    patterns(),
    ...cards,
  ]);
}

/** Draws a picture on its background. */
function card({ elements, height }: Block, top: number): Element {
  return element("g", { transform: `translate(0 ${top})` }, [paper(WIDTH, height + BELOW), ...elements]);
}

function blockOf(explanation: DocumentExplanation, words: DocumentWords): Block {
  return "why" in words
    ? notePicture(words.title, words.why)
    : podPicture(explanation as PodExplanation, words);
}

function titleOf(words: readonly DocumentWords[]): string {
  const [first] = words;
  return words.length === 1 && first !== undefined
    ? `Timeline of ${first.title}`
    : `Timelines of ${words.length} documents`;
}

/** The content of the picture as text, for readers who do not see it. */
function description(words: DocumentWords): string {
  if ("why" in words) return `${words.title}: ${words.why}`;
  return [
    `${words.title}, ${words.ending}: ${words.time}.`,
    ...words.containers.map(({ title, rows }) => `${title}: ${rows.map((row) => row.join(" ")).join("; ")}.`),
    ...(words.needed === undefined ? [] : [words.needed]),
    ...words.notes,
  ].join("\n");
}
