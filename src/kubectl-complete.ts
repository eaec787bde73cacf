#!/usr/bin/env node
/** kubectl asks a program of this name for the completion of the plugin: `kubectl_complete-gracekeeper check ''`. */
process.argv.splice(2, 0, "complete", "--");
await import("./main.ts");
