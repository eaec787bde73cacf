import t from "tap";
import { DEEP } from "./cases.ts";

/**
 * If a test file is run alone, tap's limit is 30 s, which is too short on a busy machine. The tap runner has the same
 * time limits as this file (.taprc, package.json).
 */
t.setTimeout(DEEP ? 1_200_000 : 180_000);

/**
 * Node 26.10 may hang at the end of a process that has reset sockets: it spins in `node::Environment::CleanupHandles`.
 * process.exit skips this cleanup.
 */
process.on("exit", (code) => process.exit(code));
