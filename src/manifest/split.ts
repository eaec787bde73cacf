import { BYTE_ORDER_MARK } from "./lines.ts";

const MARKER = "---";
/** What may follow a document marker (YAML 1.2.2, 9.1.2 `c-forbidden`). */
const AFTER_MARKER = new Set([undefined, " ", "\t", "\r", "\n"]);

/**
 * Files with byte order marks, one behind the other. kubectl drops the mark, as it parses each document by itself
 * (k8s.io/apimachinery 0.37 pkg/util/yaml/decoder.go `splitYAMLDocument`).
 */
const MARKED_START = new RegExp(`^---[ \\t]*(?:#[^\\n]*)?\\r?\\n${BYTE_ORDER_MARK}`);

/** A part of a text that holds whole documents. */
export interface Piece {
  readonly start: number;
  readonly text: string;
}

/**
 * Cuts a text before each `---`, so that one document can be parsed at a time. No YAML value contains such a line. A text
 * with directives stays whole, for they stand before the marker of their document.
 */
export function* pieces(text: string): Generator<Piece> {
  let start = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  if (text.startsWith("%", start) || text.includes("\n%")) {
    yield { start, text: text.slice(start) };
    return;
  }
  for (;;) {
    const end = nextMarker(text, start);
    const piece = text.slice(start, end);
    const skipped = MARKED_START.exec(piece)?.[0].length ?? 0;
    yield { start: start + skipped, text: piece.slice(skipped) };
    if (end === text.length) return;
    start = end;
  }
}

/** Where the next document begins, or the end of the text. */
function nextMarker(text: string, from: number): number {
  for (let at = text.indexOf(`\n${MARKER}`, from); at >= 0; at = text.indexOf(`\n${MARKER}`, at + 1)) {
    if (AFTER_MARKER.has(text[at + 1 + MARKER.length])) return at + 1;
  }
  return text.length;
}
