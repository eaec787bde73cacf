#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

/** The version in `engines` of package.json. npm only warns about an older Node. */
const OLDEST_NODE = "22.19";

const isOld = process.versions.node.localeCompare(OLDEST_NODE, "en", { numeric: true }) < 0;
if (isOld) {
  process.stderr.write(
    `gracekeeper: needs Node ${OLDEST_NODE} or later, not ${process.versions.node}. Install a newer Node.\n`,
  );
  process.exit(2);
}

/**
 * Caches compiled code between starts, which makes a start a third shorter. The default cache directory would be in the
 * shared /tmp, so gracekeeper uses its own directory. Without write permission there is no cache.
 */
module.enableCompileCache(fileURLToPath(new URL("../node_modules/.cache/gracekeeper", import.meta.url)));

// Our files are imported only here: earlier imports would not be cached, and an old Node could not parse them.
const { run } = await import("./cli/run.ts");

await run(process.argv.slice(2));
process.exit();
