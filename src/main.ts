#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Keeps compiled code from one start to the next, which saves a third of the time to ready. It uses a directory where
 * only we may write; the default would be the shared /tmp. Without the right to write there, it keeps nothing.
 */
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/gracekeeper", import.meta.url)));

// Only later imports are cached, so the modules of this project are not imported above.
const { HELP, readServeOptions } = await import("./cli/options.ts");
const { StartError } = await import("./server/start-error.ts");

const COULD_NOT_START = 2;

/** Runs the command. Gives the exit code. The command is loaded when it is known: help needs no server. */
async function run([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve": {
      const options = readServeOptions(args);
      if (options === "help") return help();
      const { serve } = await import("./cli/serve.ts");
      return serve(options);
    }
    case "help":
    case "--help":
    case "-h":
      return help();
    default:
      throw new StartError(
        `${command === undefined ? "no command was given" : `there is no command ${JSON.stringify(command)}`}. Try "gracekeeper --help".`,
      );
  }
}

function help(): number {
  process.stdout.write(HELP);
  return 0;
}

// A reader that stops early (`| head`) is not an error.
process.stdout.on("error", () => {});
try {
  process.exit(await run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`gracekeeper: ${error.message}\n`);
  process.exit(COULD_NOT_START);
}
