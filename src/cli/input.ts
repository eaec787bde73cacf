/** Reads the manifests of a command: files, folders, and `-` for standard input. */
import { createReadStream, type Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { decode } from "./encoding.ts";

/** A text with manifests in it. */
export interface Input {
  /** The path of the file, which begins with the path argument; or `stdin`. */
  readonly name: string;
  /** The folder argument in which the file was found; undefined if the file itself was the argument. */
  readonly folder?: string;
  /** Reads the text, and keeps a byte order mark. @throws InputFault if the text cannot be read. */
  read(): Promise<string>;
}

/** An input that cannot be read. `message` is one line with the path, the problem and the advice. */
export class InputFault extends Error {
  readonly path: string;
  readonly problem: string;

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
    this.path = path;
    this.problem = problem;
  }
}

export const STDIN = "stdin";

/** Ten times the size of the largest known bundle of generated manifests. Each MiB takes a second or more to parse. */
const LARGEST_MEBIBYTES = 32;
const LARGEST = LARGEST_MEBIBYTES * 1024 * 1024;

const MANIFEST_NAME = /\.(?:ya?ml|json)$/i;
const SKIPPED_FOLDERS = new Set(["node_modules", ".git"]);
const CHART = "Chart.yaml";

/**
 * The inputs at these paths, in order. Folders are searched for .yaml, .yml and .json files, sorted by name. An
 * unreadable input becomes an InputFault in the list.
 */
export async function* inputsAt(paths: readonly string[]): AsyncGenerator<Input | InputFault> {
  for (const path of paths) {
    if (path === "-") yield standardInput();
    else yield* inputsAtPath(path);
  }
}

function standardInput(): Input {
  return { name: STDIN, read: once(async () => decoded(STDIN, await streamed(STDIN, process.stdin))) };
}

async function* inputsAtPath(path: string): AsyncGenerator<Input | InputFault> {
  if (path === "") {
    yield new InputFault('""', "this path is empty. Give a file or a folder. Is a shell variable unset?");
    return;
  }
  try {
    const found = await stat(path);
    if (!found.isDirectory()) {
      yield found.isFile() ? fileInput(path) : pipeInput(path);
      return;
    }
  } catch (error) {
    yield faultOf(path, error);
    return;
  }
  let any = false;
  for await (const input of inputsIn(path.replace(/(?<=.)\/+$/, ""))) {
    any = true;
    yield input instanceof InputFault ? input : { ...input, folder: path };
  }
  if (!any)
    yield new InputFault(
      path,
      `there is no .yaml, .yml or .json file in this folder. Give a file, or another folder.`,
    );
}

async function* inputsIn(folder: string): AsyncGenerator<Input | InputFault> {
  let entries: readonly Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    yield faultOf(folder, error);
    return;
  }
  if (entries.some(({ name }) => name === CHART)) {
    yield new InputFault(
      folder,
      `this is a Helm chart, and its templates are not rendered. Pipe the output of "helm template ${folder}" into this command, with - as the path.`,
    );
    return;
  }
  for (const entry of [...entries].sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) yield* inputsIn(path);
    } else if (MANIFEST_NAME.test(entry.name) && (await isFile(path))) yield fileInput(path);
  }
}

/** For a broken symlink the result is true, so that reading it reports the error. */
async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => true,
  );
}

function fileInput(path: string): Input {
  return {
    name: path,
    read: async () => {
      try {
        if ((await stat(path)).size > LARGEST) throw tooLarge(path);
        return decoded(path, await readFile(path));
      } catch (error) {
        throw error instanceof InputFault ? error : faultOf(path, error);
      }
    },
  };
}

/** A pipe can be read only once, so its text is kept. */
function pipeInput(path: string): Input {
  return {
    name: path,
    read: once(async () => decoded(path, await streamed(path, createReadStream(path)))),
  };
}

async function streamed(name: string, stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of stream) {
      length += chunk.length;
      if (length > LARGEST) throw tooLarge(name);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof InputFault ? error : faultOf(name, error);
  }
  return Buffer.concat(chunks);
}

function decoded(name: string, bytes: Uint8Array): string {
  const text = decode(bytes);
  if (text === undefined)
    throw new InputFault(name, `this is not text in UTF-8. Give a manifest in YAML or JSON.`);
  return text;
}

function tooLarge(name: string): InputFault {
  return new InputFault(
    name,
    `this is larger than ${LARGEST_MEBIBYTES} MiB. Split the file, and give its parts.`,
  );
}

/** The error of the operating system as a sentence. An error without an error code is a bug in gracekeeper. */
function faultOf(path: string, error: unknown): InputFault {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  if (code === "ENOENT") return new InputFault(path, `there is no such file or folder. Correct the path.`);
  return new InputFault(path, `this path cannot be read (${code}). Check its permissions.`);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
