import { devPair } from "../../src/cli/serve/dev-defaults.ts";
import { DEV_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { currentConfig } from "../../src/server/config/current.ts";
import { startServer } from "../../src/server/start.ts";
import { createLogger } from "../../src/server/telemetry/log.ts";
import { createClient } from "./client.ts";
import { readExamples } from "./examples.ts";
import { type Outcome, show, type Terminal } from "./render-example.ts";

/** The examples in the order they are shown, and what must come of each. */
const SHOWN: readonly { readonly name: string; readonly expect: Outcome }[] = [
  { name: "fits", expect: "allowed" },
  { name: "no-time-left", expect: "hook-over-grace" },
  { name: "killed-early", expect: "shutdown-too-short" },
  { name: "long-drain", expect: "shutdown-too-short" },
  { name: "no-hook", expect: "patched" },
  { name: "nginx", expect: "explained" },
];

/** Shows what the webhook does with the files of examples/. Returns the exit code: 1 when an answer is not as it should be. */
export async function demo(terminal: Terminal): Promise<number> {
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
  const client = createClient(server.port, pair.cert);
  const examples = await readExamples();
  const wrong: string[] = [];
  terminal.write(`gracekeeper on https://localhost:${server.port}, asked as an API server would ask it.\n`);
  for (const { name, expect } of SHOWN) {
    const example = examples.find((example) => example.name === name);
    const outcome = example === undefined ? "missing" : await show(example, client, terminal);
    if (outcome !== expect) wrong.push(`examples/${name}.yaml: ${outcome}, and it should be ${expect}`);
  }
  client.close();
  await server.close(0);
  for (const line of wrong) terminal.write(`\nWRONG: ${line}\n`);
  return wrong.length === 0 ? 0 : 1;
}
