#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

/** `engines` of package.json says the same to npm, which only warns. */
const OLDEST_NODE = "22.19";

const isOld = process.versions.node.localeCompare(OLDEST_NODE, "en", { numeric: true }) < 0;
if (isOld) {
  process.stderr.write(
    `gracekeeper: needs Node ${OLDEST_NODE} or later, not ${process.versions.node}. Install a newer Node.\n`,
  );
  process.exit(2);
}

/**
 * Keeps compiled code from one start to the next, which saves a third of the time to ready. It uses a directory where
 * only we may write; the default would be the shared /tmp. Without the right to write there, it keeps nothing.
 */
module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/gracekeeper", import.meta.url)));

// Only later imports are cached, and a Node that is too old could not read them, so nothing of ours is imported above.
const { run } = await import("./cli/run.ts");

await run(process.argv.slice(2));
process.exit();
