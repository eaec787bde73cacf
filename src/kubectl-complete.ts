#!/usr/bin/env node
/** kubectl runs `kubectl_complete-gracekeeper check ''` to complete the arguments of the plugin. */
import { run } from "./cli/run.ts";

await run(["complete", "--", ...process.argv.slice(2)]);
process.exit();
