import { readFile } from "node:fs/promises";
import { type Configuration, ConfigurationError, readConfiguration } from "../policy/configuration.ts";
import { StartError } from "./start-error.ts";

/**
 * Reads the configuration file.
 *
 * @throws StartError that names the file, and each field at fault.
 */
export async function loadConfiguration(path: string): Promise<Configuration> {
  const value = await parse(path, await read(path));
  try {
    return readConfiguration(value);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new StartError(
      `${path}: ${error.message.replaceAll("\n", "; ")}. Correct the file and start again.`,
    );
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(
      code === "ENOENT"
        ? `there is no configuration file ${path}. Give the path of one with --config, or leave --config out.`
        : `${path} cannot be read (${code}). Give the path of a readable file with --config.`,
    );
  }
}

/** YAML is loaded only where there is a file to read. */
async function parse(path: string, text: string): Promise<unknown> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [error] = document.errors;
  if (error?.code === "MULTIPLE_DOCS")
    throw new StartError(`${path} must hold one document. Take out the others and start again.`);
  if (error === undefined) return document.toJS();
  const { line, col } = lineCounter.linePos(error.pos[0]);
  throw new StartError(
    `${path}, line ${line}, column ${col}: ${error.message}. Correct the file and start again.`,
  );
}
