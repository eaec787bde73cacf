import { setImmediate as afterEvents } from "node:timers/promises";
import { CommanderError } from "commander";
import { StartError } from "../server/start-error.ts";
import { complain } from "./complain.ts";
import { createProgram } from "./program.ts";

const COULD_NOT_RUN = 2;

/** Runs the command line and sets `process.exitCode`. An error is printed in one line. */
export async function run(args: readonly string[]): Promise<void> {
  let lost: string | undefined;
  process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    // A program that closes the pipe early, such as `head`, is not an error.
    if (code !== "EPIPE") lost = code;
  });
  try {
    const [first] = args;
    if (first === undefined) throw new StartError('no command was given. Try "gracekeeper --help".');
    const program = createProgram();
    if (first === "complete") (await import("./completion.ts")).addCompletion(program);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    fail(error, args);
  }
  await Promise.all([process.stdout, process.stderr].map(written));
  if (lost === undefined) return;
  complain(`standard output cannot be written (${lost}). Is the disk full?`);
  process.exitCode = COULD_NOT_RUN;
}

/**
 * Waits for pending writes: a pipe accepts only 64 KiB at once, and errors of a write arrive later.
 *
 * If no write is pending, nothing is written, because even an empty write fails on a full disk. The log of `serve` does
 * not use process.stdout and process.stderr.
 */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write("", () => resolve()));
  await afterEvents();
}

function fail(error: unknown, args: readonly string[]): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (error instanceof StartError) complain(error.message);
  else if (error instanceof CommanderError) complain(usageText(error, args));
  else process.stderr.write(`gracekeeper: ${bugText(error)}\n`);
  process.exitCode = COULD_NOT_RUN;
}

function usageText(error: CommanderError, [command = ""]: readonly string[]): string {
  if (error.code === "commander.help") return 'there is no such command. Try "gracekeeper --help".';
  const ofCommand = createProgram().commands.some((one) => one.name() === command);
  const help = ["gracekeeper", ...(ofCommand ? [command] : []), "--help"].join(" ");
  return `${error.message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.$/, "")}. Try "${help}".`;
}

/** The text of an unexpected error. */
function bugText(error: unknown): string {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `this is a bug of gracekeeper. Report the bug with these lines:\n${trace}`;
}
