import t from "tap";
import { DEEP } from "./cases.ts";

/** A file that is run alone has tap's 30 s, which a busy machine uses up. The runner gives as much (.taprc, package.json). */
t.setTimeout(DEEP ? 1_200_000 : 180_000);

/**
 * Node 26.10 may free its environment without end when a process is over that has reset sockets: it spins in
 * `node::Environment::CleanupHandles`. process.exit leaves without that.
 */
process.on("exit", (code) => process.exit(code));
