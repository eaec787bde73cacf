import { isUtf8 } from "node:buffer";
import { type FileHandle, open, stat } from "node:fs/promises";
import type { Document, LineCounter } from "yaml";
import { ConfigurationError } from "../../policy/configuration/errors.ts";
import { readConfiguration } from "../../policy/configuration/parse.ts";
import { printable } from "../../policy/messages/quote.ts";
import type { Configuration } from "../../policy/model/configuration.ts";

/**
 * The size limit of the file. A list of a thousand names is much shorter, and parsing a larger file would block
 * requests.
 */
const LONGEST = 64 * 1024;

/** The maximum length of a quoted message of the YAML parser. */
const LONGEST_WORDS = 160;

/**
 * The limit for expanded aliases. If a repeated node contains aliases, each repetition adds them to the count. Files
 * written by hand have a few aliases.
 */
const MOST_ALIASES = 100;

/** Reads and parses the configuration file. @throws ConfigurationError with the path and the problem in one line. */
export async function loadConfiguration(path: string): Promise<Configuration> {
  return parseConfiguration(path, await readText(path));
}

/**
 * Reads the text of the file, and does not parse it.
 *
 * @throws ConfigurationError in one line.
 */
export async function readText(path: string): Promise<string> {
  const bytes = await read(path);
  if (bytes.length > LONGEST)
    throw new ConfigurationError(`${path} is larger than ${LONGEST / 1024} KiB. Make the file smaller.`);
  if (!isUtf8(bytes)) throw new ConfigurationError(`${path} is not valid UTF-8. Save the file as UTF-8.`);
  return bytes.toString("utf8");
}

const GIVE_ANOTHER = "Give the path of a readable file with --config.";

/** Reads at most one byte more than the limit. */
async function read(path: string): Promise<Buffer> {
  let file: FileHandle | undefined;
  try {
    // Only regular files are read, because reading a pipe might never end.
    if (!(await stat(path)).isFile())
      throw new ConfigurationError(`${path} is not a regular file. ${GIVE_ANOTHER}`);
    file = await open(path, "r");
    const bytes = Buffer.alloc(LONGEST + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
    }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigurationError(
      code === "ENOENT"
        ? `there is no configuration file ${path}. Create the file, or give another path with --config.`
        : `${path} cannot be read (${code}). ${GIVE_ANOTHER}`,
    );
  } finally {
    await file?.close();
  }
}

/**
 * Parses the text of the file as YAML 1.2, in which `Off` is a string and no boolean. The parser is loaded only if
 * there is a file.
 *
 * @throws ConfigurationError in one line.
 */
export async function parseConfiguration(path: string, text: string): Promise<Configuration> {
  const value = await parse(path, text);
  try {
    return readConfiguration(value);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(`${path}: ${error.message.replaceAll("\n", "; ")}. Correct the file.`);
  }
}

async function parse(path: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument, visit } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const words = FAULTS[fault.code] ?? printable(fault.message, LONGEST_WORDS);
    throw faultAt(path, lineCounter, fault.pos[0], words);
  }
  visit(document, {
    Scalar(_, { value, source = "", range }) {
      if (typeof value === "number" && Number.isInteger(value) && !/^(0|-?[1-9]\d*)$/.test(source))
        throw faultAt(path, lineCounter, range?.[0] ?? 0, `write ${value} as ${value}, not as ${source}`);
    },
  });
  return plainValue(path, document);
}

/** Our own messages for some errors of the parser. */
const FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this field is set twice",
  MULTIPLE_DOCS: "a second document begins here, and the file must have only one document",
  NON_STRING_KEY: "the name of a field must be a string",
  RESOURCE_EXHAUSTION: "this is nested too deeply",
};

function faultAt(path: string, lines: LineCounter, position: number, words: string): ConfigurationError {
  const { line, col } = lines.linePos(position);
  return new ConfigurationError(`${path}, line ${line}, column ${col}: ${words}. Correct the file.`);
}

/** The library throws here only for errors in the file: too many aliases, or an alias without an anchor. */
function plainValue(path: string, document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    const words = printable((error as Error).message, LONGEST_WORDS);
    throw new ConfigurationError(
      `${path}: ${words}. Correct the aliases, or replace each alias by its value.`,
    );
  }
}
