/**
 * `npm run demo` shows what the webhook does with the files of examples/. The exit code is 1 after an unexpected
 * result.
 */
import { demo } from "./demo.ts";

/** Any NO_COLOR except an empty string turns colours off (https://no-color.org). */
function wantsColour(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return process.stdout.isTTY && !NO_COLOR && TERM !== "dumb";
}

// A program that closes the pipe early, such as `head`, is not an error.
process.stdout.on("error", () => {});
process.exit(await demo({ colour: wantsColour(), write: (text) => process.stdout.write(text) }));
