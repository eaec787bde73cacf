#!/usr/bin/env node
/** kubectl calls a program of this name for the completion of the plugin: `kubectl_complete-gracekeeper check ''`. */
import { run } from "./cli/run.ts";

await run(["complete", "--", ...process.argv.slice(2)]);
process.exit();
