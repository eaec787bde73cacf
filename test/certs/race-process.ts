/** Runs several replicas in one process, for a race. Prints a line with CA and leaf for each replica that is ready. */
import { setTimeout as sleep } from "node:timers/promises";
import { ownCertificates } from "../../src/certs/own-certificates.ts";
import type { Leaf } from "../../src/certs/sign.ts";
import { caEvents } from "../../src/server/telemetry/ca-events.ts";
import { createLogger } from "../../src/server/telemetry/log.ts";
import { plainAccess } from "./plain-api.ts";

const [port, count] = process.argv.slice(2).map(Number) as [number, number];
const logger = createLogger("silent", { write: () => {} });

// The test starts the race after all processes have loaded their modules.
process.stdout.write("loaded\n");
await new Promise((resolve) => process.stdin.once("data", resolve));

await Promise.all(
  Array.from({ length: count }, async () => {
    let leaf: Leaf | undefined;
    const own = ownCertificates({
      access: plainAccess(port),
      namespace: "gracekeeper",
      secret: "gracekeeper-ca",
      service: "gracekeeper",
      configuration: "gracekeeper",
      events: caEvents(logger),
    });
    own.present((made) => {
      leaf = made;
    });
    while (own.notReady() !== undefined) await sleep(20);
    process.stdout.write(`${JSON.stringify({ ca: own.signer?.id, leaf })}\n`);
    own.stop();
  }),
);
process.exit();
