import { HELP, readServeOptions } from "./cli/options.ts";
import { StartError } from "./server/start-error.ts";

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
      const { demo } = await import("./cli/demo.ts");
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
