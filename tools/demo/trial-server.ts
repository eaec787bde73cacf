import { devPair } from "../../src/cli/serve/dev-defaults.ts";
import { DEV_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { currentConfig } from "../../src/server/config/current.ts";
import { type RunningServer, startServer } from "../../src/server/start.ts";
import { createLogger } from "../../src/server/telemetry/log.ts";

/**
 * Starts a server like that of `npm start`, but on free ports and without a log. Returns the server with the
 * certificate that clients must trust.
 */
export async function startTrialServer(): Promise<{ readonly server: RunningServer; readonly ca: string }> {
  const pair = devPair();
  const server = await startServer({
    host: "localhost",
    port: 0,
    healthPort: 0,
    currentConfig: currentConfig(DEV_CONFIGURATION),
    pair,
    files: undefined,
    explain: true,
    logger: createLogger("silent", { write: () => {} }),
  });
  return { server, ca: pair.cert };
}
