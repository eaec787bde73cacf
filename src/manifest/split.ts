import { BYTE_ORDER_MARK } from "./lines.ts";

const MARKER = "---";

/**
 * A piece of a manifest that is parsed separately. If a piece contains several YAML documents, only the first of them
 * is used.
 */
export interface Piece {
  readonly start: number;
  readonly text: string;
  /** The offset of text that follows the `---` at the beginning of the piece. kubectl refuses such text. */
  readonly refused?: number;
}

/**
 * Splits a text as kubectl does, at each line that begins with `---`, even inside a block scalar (k8s.io/apimachinery
 * 0.37 pkg/util/yaml/decoder.go `YAMLReader.Read`). Only a comment may follow the `---`. The pieces do not include the
 * `---` lines. A `---` on the first line of the manifest is an exception.
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

/** The offset after the line break. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at + 1;
}

/** The offset of the text after the marker; undefined if there is no text or only a comment. */
function behindMarker(text: string, from: number): number | undefined {
  if (!text.startsWith(MARKER, from)) return undefined;
  const start = from + MARKER.length;
  const line = text.slice(start, lineEnd(text, start));
  const rest = line.trimStart();
  return rest === "" || rest.startsWith("#") ? undefined : start + line.length - rest.length;
}
