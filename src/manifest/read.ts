import type { Document } from "yaml";
import { type FoundNodes, findNodes } from "./find.ts";
import { BYTE_ORDER_MARK, type Lines, linesOf } from "./lines.ts";
import { type Location, locationOf } from "./location.ts";
import { parseYaml, readValue } from "./parse.ts";
import { type Step, stepsOfPath } from "./path.ts";
import { pieces } from "./split.ts";
import { Unreadable } from "./unreadable.ts";

/** One document of a text. */
export interface ManifestDocument {
  /** Its value; an Unreadable in place of one that cannot be read. */
  readonly value: unknown;
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

function* readPiece(
  { start, text }: { readonly start: number; readonly text: string },
  lines: Lines,
  { keepSourceTokens = false }: ReadOptions,
): Generator<ManifestDocument> {
  for (const document of parseYaml(text, keepSourceTokens)) {
    const parsed = readValue(document, text);
    if (!parsed.ok) {
      const place = lines.placeOf(start + parsed.offset);
      yield positioned(new Unreadable(place, parsed.problem, parsed.advice), () => document, start, lines);
    } else if (parsed.value !== null) {
      yield positioned(parsed.value, () => document, start, lines);
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

/** Its nodes are made when they are asked for: JSON.parse is many times faster. Where YAML has a complaint, they exist all the same. */
function jsonDocument(value: unknown, lines: Lines, { keepSourceTokens = false }: ReadOptions) {
  let document: Document.Parsed | undefined;
  const parse = (): Document.Parsed => {
    document ??= parseYaml(lines.text, keepSourceTokens)[0];
    if (document === undefined) throw new Error("JSON without a YAML document");
    return document;
  };
  return positioned(value, parse, 0, lines);
}

function positioned(
  value: unknown,
  documentOf: () => Document.Parsed,
  base: number,
  lines: Lines,
): ManifestDocument {
  const find = (path: readonly Step[] | string): FoundField => {
    const document = documentOf();
    const steps = typeof path === "string" ? stepsOfPath(path) : path;
    return { ...findNodes(document, steps), document, base };
  };
  return { value, find, locate: (steps) => locationOf(find(steps), base, lines) };
}
