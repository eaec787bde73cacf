#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Keeps compiled code from one start to the next, which saves a third of the time to ready. In our own directory, where
 * nobody else may write (the default is a shared /tmp); where we may not write either, nothing is kept.
 */
enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/gracekeeper", import.meta.url)));

// Only what is imported after that is cached, so nothing of ours is imported above.
const { HELP, readServeOptions } = await import("./cli/options.ts");
const { StartError } = await import("./server/start-error.ts");

const COULD_NOT_START = 2;

/** Each command is loaded only when it is asked for: a server is to be ready fast. */
async function run([command, ...args]: readonly string[]): Promise<number> {
  switch (command) {
    case "serve": {
      const options = readServeOptions(args);
      if (options === "help") return help();
      const { serve } = await import("./cli/serve.ts");
      return serve(options);
    }
    case "demo": {
      const { demo } = await import("../tools/demo/demo.ts");
      return demo({ colour: wantsColour(), write: (text) => process.stdout.write(text) });
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

/** https://no-color.org: any value but the empty one says no. */
function wantsColour(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return process.stdout.isTTY && !NO_COLOR && TERM !== "dumb";
}

function help(): number {
  process.stdout.write(HELP);
  return 0;
}

// A reader that has seen enough (`| head`) is no fault.
process.stdout.on("error", () => {});
try {
  process.exit(await run(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  process.stderr.write(`gracekeeper: ${error.message}\n`);
  process.exit(COULD_NOT_START);
}
