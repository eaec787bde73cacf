import type { Document } from "yaml";
import { hiddenBreakAt } from "./breaks.ts";
import { type FoundNodes, findNodes } from "./find.ts";
import { BYTE_ORDER_MARK, type Lines, linesOf, type Place } from "./lines.ts";
import { type Location, locationOf, rangeOfNodes } from "./location.ts";
import { parseYaml, readValue } from "./parse.ts";
import { type Step, stepsOfPath } from "./path.ts";
import { type PlainDocument, readPlain } from "./plain.ts";
import { type Piece, pieces } from "./split.ts";
import { Unreadable } from "./unreadable.ts";

/** One document of a text. */
export interface ManifestDocument {
  /** Its value; an Unreadable in place of one that cannot be read. */
  readonly value: unknown;
  /** Keys that stand more than once in their mapping; the last one counts. In JSON none is told. */
  readonly repeated: readonly (Place & { readonly name: string })[];
  /** Where the field stands, or its nearest parent. */
  locate(steps: readonly Step[] | string): Location;
  /** The nodes behind it, for whoever changes the text. */
  find(steps: readonly Step[] | string): FoundField;
}

/** The nodes of a field, and the document they belong to. */
export interface FoundField extends FoundNodes {
  readonly document: Document.Parsed;
  /** Added to a range of a node it gives the offset in the text. */
  readonly base: number;
}

export interface ReadOptions {
  /** Whether nodes keep their tokens, as changing the text needs them. */
  readonly keepSourceTokens?: boolean;
  /** Documents whose text does not match are left out, unparsed. JSON is always read. */
  readonly matching?: RegExp;
}

/**
 * Reads a manifest, YAML or JSON, one or several documents, as kubectl does: text that begins like JSON is JSON; other
 * text is YAML 1.1. Empty documents are left out.
 *
 * One document is parsed at a time: who keeps none needs memory for the largest one only.
 */
export function* readDocuments(text: string, options: ReadOptions = {}): Generator<ManifestDocument> {
  const lines = linesOf(text);
  const json = jsonOf(text);
  if (json !== undefined) yield jsonDocument(json.value, lines, options);
  else
    for (const piece of pieces(text))
      if (options.matching?.test(piece.text) ?? true) yield* readPiece(piece, lines, options);
}

const HIDDEN_BREAK = {
  problem:
    "kubectl reads a line break at this character, which hides the rest of the line from other readers",
  advice: "Remove it, or write it as an escape in double quotes.",
} as const;

function* readPiece(
  { start, text }: Piece,
  lines: Lines,
  { keepSourceTokens = false }: ReadOptions,
): Generator<ManifestDocument> {
  const hidden = hiddenBreakAt(text);
  if (hidden !== undefined) {
    const { problem, advice } = HIDDEN_BREAK;
    const value = new Unreadable(lines.placeOf(start + hidden), problem, advice);
    yield positioned(value, { nodes: onceParsed(text, keepSourceTokens), base: start, lines });
    return;
  }
  const plain = readPlain(text);
  if (plain !== undefined) {
    const nodes = onceParsed(text, keepSourceTokens);
    if (plain.value !== null)
      yield positioned(plain.value, { nodes, plain: () => plain, base: start, lines });
    return;
  }
  for (const document of parseYaml(text, keepSourceTokens)) {
    const parsed = readValue(document, text);
    const around = { nodes: () => document, base: start, lines };
    if (!parsed.ok) {
      const place = lines.placeOf(start + parsed.offset);
      yield positioned(new Unreadable(place, parsed.problem, parsed.advice), around);
    } else if (parsed.value !== null) {
      const repeated = parsed.repeated.map(({ name, offset }) => ({
        ...lines.placeOf(start + offset),
        name,
      }));
      yield positioned(parsed.value, { ...around, repeated });
    }
  }
}

/** One JSON value; undefined if the YAML parser must read the text: several values, or a YAML mapping in braces. */
function jsonOf(text: string): { readonly value: unknown } | undefined {
  const begin = text.startsWith(BYTE_ORDER_MARK) ? 1 : 0;
  if (!/\s*\{/y.test(text.slice(begin, begin + LONGEST_INDENT))) return undefined;
  try {
    return { value: JSON.parse(begin === 0 ? text : text.slice(begin)) };
  } catch {
    return undefined;
  }
}

/** JSON that begins with more space than this is read as YAML, with the same result. */
const LONGEST_INDENT = 1024;

/** Only what is asked for is parsed: JSON.parse is many times faster. Where YAML has a complaint, nodes exist all the same. */
function jsonDocument(value: unknown, lines: Lines, { keepSourceTokens = false }: ReadOptions) {
  const nodes = onceParsed(lines.text, keepSourceTokens);
  return positioned(value, { nodes, plain: once(() => readPlain(lines.text)), base: 0, lines });
}

/** The nodes of a text with one document, parsed when they are asked for. */
function onceParsed(text: string, keepSourceTokens: boolean): () => Document.Parsed {
  return once(() => {
    const [document] = parseYaml(text, keepSourceTokens);
    if (document === undefined) throw new Error("a value without a YAML document");
    return document;
  });
}

function once<Result>(make: () => Result): () => Result {
  let made: { readonly result: Result } | undefined;
  return () => {
    made ??= { result: make() };
    return made.result;
  };
}

/** A value and what its places are found by. */
interface Places {
  readonly nodes: () => Document.Parsed;
  readonly plain?: () => PlainDocument | undefined;
  readonly base: number;
  readonly lines: Lines;
  readonly repeated?: ManifestDocument["repeated"];
}

function positioned(value: unknown, { nodes, plain, base, lines, repeated = [] }: Places): ManifestDocument {
  const stepsOf = (path: readonly Step[] | string): readonly Step[] =>
    typeof path === "string" ? stepsOfPath(path) : path;
  return {
    value,
    repeated,
    find: (path) => {
      const document = nodes();
      return { ...findNodes(document, stepsOf(path)), document, base };
    },
    locate: (path) => {
      const steps = stepsOf(path);
      const range = plain?.()?.rangeOf(steps) ?? rangeOfNodes(findNodes(nodes(), steps));
      return locationOf(range, base, lines);
    },
  };
}
