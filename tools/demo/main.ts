/** `npm run demo`: what the webhook does with the files of examples/. Exit code 1: a wrong result. */
import { demo } from "./demo.ts";

/** https://no-color.org: any value but the empty one means no colour. */
function wantsColour(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return process.stdout.isTTY && !NO_COLOR && TERM !== "dumb";
}

// A reader that ends early (`| head`) is not an error.
process.stdout.on("error", () => {});
process.exit(await demo({ colour: wantsColour(), write: (text) => process.stdout.write(text) }));
