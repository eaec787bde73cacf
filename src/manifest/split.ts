import { BYTE_ORDER_MARK } from "./lines.ts";

const MARKER = "---";

/** A part of a text that is parsed separately. If it has several documents, only the first one counts. */
export interface Piece {
  readonly start: number;
  readonly text: string;
  /** The place of text after the `---` at the beginning of the piece, which kubectl refuses. */
  readonly refused?: number;
}

/**
 * Cuts a text as kubectl does, at each line that begins with `---`, in every context (k8s.io/apimachinery 0.37
 * pkg/util/yaml/decoder.go `YAMLReader.Read`). Only a comment may follow. The line itself is dropped, unless it is the
 * first one.
 */
export function* pieces(text: string, from = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0): Generator<Piece> {
  let start = from;
  while (start < text.length) {
    const end = nextMarker(text, start);
    const refused = behindMarker(text, start);
    yield { start, text: text.slice(start, end), ...(refused !== undefined && { refused }) };
    start = behindMarker(text, end) === undefined ? lineEnd(text, end) : end;
  }
}

/** The next line that begins with a marker, or the end of the text. */
function nextMarker(text: string, from: number): number {
  const at = text.indexOf(`\n${MARKER}`, from);
  return at < 0 ? text.length : at + 1;
}

/** The offset after its line break. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at + 1;
}

/** The place of a marker line with more text than a comment. */
function behindMarker(text: string, from: number): number | undefined {
  if (!text.startsWith(MARKER, from)) return undefined;
  const start = from + MARKER.length;
  const line = text.slice(start, lineEnd(text, start));
  const rest = line.trimStart();
  return rest === "" || rest.startsWith("#") ? undefined : start + line.length - rest.length;
}
