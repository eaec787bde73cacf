import type { Document } from "yaml";
import { CONTROL_CHARACTER, hiddenBreakAt } from "./breaks.ts";
import { type FoundNodes, findNodes } from "./find.ts";
import { type JsonValue, jsonValues } from "./json-values.ts";
import { BYTE_ORDER_MARK, type Lines, linesOf, type Place } from "./lines.ts";
import { type Location, locationOf, rangeOfNodes } from "./location.ts";
import { parseYaml, readValue } from "./parse.ts";
import { type Step, stepsOfPath } from "./path.ts";
import { type PlainDocument, readPlain } from "./plain.ts";
import { type Piece, pieces } from "./split.ts";
import { type Refusal, Unreadable } from "./unreadable.ts";

/** One YAML or JSON document of a manifest. */
export interface ManifestDocument {
  /** The value, or an Unreadable if the document cannot be read. */
  readonly value: unknown;
  /** Duplicate keys of a mapping, of which the last one applies. For JSON, duplicate keys are not reported. */
  readonly repeated: readonly (Place & { readonly name: string })[];
  /** The location of the field, or of its nearest parent. */
  locate(steps: readonly Step[] | string): Location;
  /** The YAML nodes of a field, which edits of the manifest need. */
  find(steps: readonly Step[] | string): FoundField;
}

/** The YAML nodes of a field, and the YAML document that contains the nodes. */
export interface FoundField extends FoundNodes {
  readonly document: Document.Parsed;
  /** The offset of the parsed part in the text. */
  readonly base: number;
}

export interface ReadOptions {
  /** Whether YAML nodes keep their source tokens. Edits of the manifest need these tokens. */
  readonly keepSourceTokens?: boolean;
  /** YAML documents that do not match the pattern are skipped without parsing. JSON is always read. */
  readonly matching?: RegExp;
}

/**
 * Reads a manifest with one or several documents in YAML or JSON, as kubectl does. A text that begins with a brace has
 * one or several JSON values; any other text is YAML 1.1. Empty documents are left out.
 *
 * YAML documents are parsed one at a time, so a caller that keeps no document needs memory for one parsed document.
 */
export function* readDocuments(text: string, options: ReadOptions = {}): Generator<ManifestDocument> {
  const lines = linesOf(text);
  const { values, rest } = jsonValues(text);
  for (const one of values) yield jsonDocument(one, lines, options);
  if (rest === undefined) return;
  if (values.length > 1) {
    const piece = { start: rest, text: text.slice(rest) };
    yield unreadable(piece, piece.text.search(/\S/), JSON_ONLY, lines);
    return;
  }
  for (const piece of pieces(text, values.length === 0 ? rest : yamlAfter(text, rest)))
    if (options.matching?.test(piece.text) ?? true) yield* readPiece(piece, lines, options);
}

/** After a JSON value, kubectl skips white space up to the next line (decoder.go `consumeWhitespace`). */
function yamlAfter(text: string, rest: number): number {
  const space = /[^\S\n]*\n?/y;
  space.lastIndex = rest;
  return rest + (space.exec(text)?.[0].length ?? 0);
}

const JSON_ONLY: Refusal = {
  problem: "after several JSON values, kubectl reads only JSON",
  advice: "Correct the JSON, or write the YAML into another file.",
};

const BEHIND_MARKER: Refusal = {
  problem: "after ---, kubectl allows only a comment on the line",
  advice: "Write the value on the next line.",
};

const HIDDEN_BREAK: Refusal = {
  problem: "kubectl reads this character as a line break, and other parsers do not",
  advice: "Remove the character, or write it as an escape in double quotes.",
};

const CONTROL: Refusal = {
  problem: "kubectl refuses control characters",
  advice: "Remove the character, or write it as an escape in double quotes.",
};

/**
 * If kubectl's buffer begins with a byte order mark, kubectl drops the first character of each line without
 * indentation: `xkind` is then `kind` (go.yaml.in/yaml 2.4 yamlprivateh.go `is_bom`). Each later mark can become the
 * beginning of the buffer, because kubectl refills its buffer.
 */
const LATER_MARK: Refusal = {
  problem: "kubectl can drop characters of a text that has a byte order mark (U+FEFF) after its beginning",
  advice: 'Remove the character, or write it as "\\uFEFF" in double quotes.',
};

const DIRECTIVE: Refusal = {
  problem:
    "kubectl splits a file at each ---, and refuses a line that begins with % or ... at the start of a part",
  advice: "Remove the line.",
};

const BEHIND_END: Refusal = {
  problem: "kubectl reads nothing between ... and the next ---",
  advice: "Write --- in place of ..., or remove the text after the three dots.",
};

/** Matches a YAML directive or an end marker (`...`) before the first content. */
const FIRST_LINE = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:%|\.\.\.(?!\S))/;

/** The reason why a piece of the manifest cannot be parsed, and the offset of the error. */
function refusalIn({ start, text, refused }: Piece): readonly [at: number, refusal: Refusal] | undefined {
  if (refused !== undefined) return [refused - start, BEHIND_MARKER];
  const hidden = hiddenBreakAt(text);
  if (hidden !== undefined) return [hidden, HIDDEN_BREAK];
  const control = text.search(CONTROL_CHARACTER);
  if (control >= 0) return [control, CONTROL];
  const mark = text.indexOf(BYTE_ORDER_MARK, 1);
  if (mark > 0) return [mark, LATER_MARK];
  const first = FIRST_LINE.exec(text);
  return first === null ? undefined : [text.lastIndexOf("\n", first[0].length - 1) + 1, DIRECTIVE];
}

function unreadable({ start, text }: Piece, at: number, refusal: Refusal, lines: Lines): ManifestDocument {
  const value = new Unreadable(lines.placeOf(start + at), refusal);
  return positioned(value, { nodes: onceParsed(text, false), base: start, lines });
}

function* readPiece(piece: Piece, lines: Lines, options: ReadOptions): Generator<ManifestDocument> {
  const { start, text } = piece;
  const refusal = refusalIn(piece);
  if (refusal !== undefined) {
    const [at, why] = refusal;
    yield unreadable(piece, at, why, lines);
    return;
  }
  const { keepSourceTokens = false } = options;
  const plain = readPlain(text);
  if (plain === undefined) yield* readYaml(piece, lines, keepSourceTokens);
  else if (plain.value !== null) {
    const nodes = onceParsed(text, keepSourceTokens);
    yield positioned(plain.value, { nodes, plain: () => plain, base: start, lines });
  }
}

function* readYaml(piece: Piece, lines: Lines, keepSourceTokens: boolean): Generator<ManifestDocument> {
  const { start, text } = piece;
  const [document, ...unread] = parseYaml(text, keepSourceTokens);
  if (document === undefined) return;
  const parsed = readValue(document, text);
  const around = { nodes: () => document, base: start, lines };
  if (!parsed.ok) {
    const place = lines.placeOf(start + parsed.offset);
    yield positioned(new Unreadable(place, parsed), around);
  } else if (parsed.value !== null) {
    const repeated = parsed.repeated.map(({ name, offset }) => ({ ...lines.placeOf(start + offset), name }));
    yield positioned(parsed.value, { ...around, repeated });
  }
  const behind = unread.find(({ contents }) => contents !== null)?.contents?.range;
  if (behind !== undefined) yield unreadable(piece, behind[0], BEHIND_END, lines);
}

/**
 * The YAML nodes of JSON are parsed only on demand, because JSON.parse is many times faster. The document has nodes
 * even if the YAML parser reports an error.
 */
function jsonDocument(
  { value, start, text }: JsonValue,
  lines: Lines,
  { keepSourceTokens = false }: ReadOptions,
): ManifestDocument {
  const nodes = onceParsed(text, keepSourceTokens);
  return positioned(value, { nodes, plain: once(() => readPlain(text)), base: start, lines });
}

/** The nodes of a text with one document, parsed on demand. */
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

/** The sources from which the location of a field is found. */
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
