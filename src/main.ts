#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

/** The same version as `engines` of package.json, about which npm only warns. */
const OLDEST_NODE = "22.19";

const isOld = process.versions.node.localeCompare(OLDEST_NODE, "en", { numeric: true }) < 0;
if (isOld) {
  process.stderr.write(
    `gracekeeper: needs Node ${OLDEST_NODE} or later, not ${process.versions.node}. Install a newer Node.\n`,
  );
  process.exit(2);
}

/**
 * Keeps compiled code from one start to the next, which saves a third of the time to ready. It uses a directory that
 * only we may write to; the default would be the shared /tmp. Without permission to write there, nothing is kept.
 */
module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/gracekeeper", import.meta.url)));

// Only later imports are cached, and a Node that is too old could not parse our files. So none of our files is imported
// above.
const { run } = await import("./cli/run.ts");

await run(process.argv.slice(2));
process.exit();
