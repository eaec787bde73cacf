import type { Explanation } from "../../explain/explain.ts";
import { explanationSvg } from "../../explain/picture/svg.ts";
import { type DocumentWords, type PodWords, wordsOf } from "../../explain/words/words.ts";

/** The response for the web page: the texts of explain, and a picture of each pod. */
export interface PageAnswer {
  readonly documents: readonly PageDocument[];
}

export type PageDocument = Exclude<DocumentWords, PodWords> | PagePod;

interface PagePod extends PodWords {
  /** The timeline as SVG. */
  readonly picture: string;
}

export function pageAnswer({ documents }: Explanation): PageAnswer {
  return {
    documents: documents.map((one) => {
      const words = wordsOf(one);
      return "why" in words ? words : { ...words, picture: explanationSvg([one]) };
    }),
  };
}
