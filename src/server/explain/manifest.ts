import { type Document, LineCounter, parseAllDocuments, type Tags } from "yaml";
import { BadRequest } from "../../admission/bad-request.ts";

/** Far more documents than a person sends at once. */
const MOST_DOCUMENTS = 100;

/** Aliases that are followed, the nodes behind them counted: hand-written manifests use a few. */
const MOST_ALIASES = 100;

/**
 * Reads a manifest, YAML or JSON, one or several documents, as kubectl does: text that begins like JSON is JSON; other
 * text is YAML 1.1, where `010` is 8 and `on` is true. Runs in the worker only: crafted YAML costs seconds.
 *
 * Among the values, a BadRequest with line and column stands for a document that cannot be read.
 *
 * @throws BadRequest if there is no document, there are too many, or one nests too deeply.
 */
export function readManifest(text: string): readonly unknown[] {
  const documents = parse(text).filter((value) => value !== null && value !== undefined);
  if (documents.length === 0)
    throw new BadRequest(
      "the body must be a manifest in YAML or JSON. This one is empty. With curl, send a file with --data-binary.",
    );
  return documents;
}

/** Its callees recurse. Only a manifest that was made for it overflows the stack. */
function parse(text: string): readonly unknown[] {
  try {
    return /^\s*\{/.test(text) ? (jsonOf(text) ?? yamlOf(text)) : yamlOf(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new BadRequest("the manifest is nested too deeply. No Kubernetes object is.");
  }
}

/** One JSON value; undefined if the YAML parser must read the text: several values, or a YAML mapping in braces. */
function jsonOf(text: string): readonly unknown[] | undefined {
  try {
    return [JSON.parse(text)];
  } catch {
    return undefined;
  }
}

function yamlOf(text: string): readonly unknown[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    version: "1.1",
    customTags: onlyJsonTypes,
    lineCounter,
    prettyErrors: false,
  });
  if (documents.length > MOST_DOCUMENTS) {
    throw new BadRequest(
      `the manifest must have at most ${MOST_DOCUMENTS} documents, not ${documents.length}.`,
    );
  }
  return documents.map((document) => readDocument(document, lineCounter));
}

/** The value of a document, or a BadRequest that says why it has none. */

function readDocument(document: Document.Parsed, lineCounter: LineCounter): unknown {
  const [error] = document.errors;
  if (error !== undefined) {
    // yaml reports a stack overflow as an error at some position.
    if (/call stack/.test(error.message)) throw new RangeError(error.message);
    const { line, col } = lineCounter.linePos(error.pos[0]);
    return new BadRequest(
      `line ${line}, column ${col}: ${error.message}. Correct the manifest and send it again.`,
    );
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // Everything else that yaml throws here is an error in the manifest: too many aliases, unknown ones.
    return new BadRequest(
      `it cannot be read: ${(error as Error).message}. Correct it, or replace its aliases by what they stand for.`,
    );
  }
}

/** YAML 1.1 also has dates, `1:30` as 90 and binary data, which kubectl's parser leaves as the text they are. */
function onlyJsonTypes(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === "string" ||
      (!/:(timestamp|binary|omap|pairs|set)$/.test(tag.tag) && !("format" in tag && tag.format === "TIME")),
  );
}
