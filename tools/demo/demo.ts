import { createClient } from "./client.ts";
import { readExamples } from "./examples.ts";
import { type Outcome, show, type Terminal } from "./render-example.ts";
import { startTrialServer } from "./trial-server.ts";

/** The examples in their order, with the expected result of each. */
const SHOWN: readonly { readonly name: string; readonly expect: Outcome }[] = [
  { name: "fits", expect: "allowed" },
  { name: "no-time-left", expect: "hook-over-grace" },
  { name: "killed-early", expect: "shutdown-too-short" },
  { name: "long-drain", expect: "shutdown-too-short" },
  { name: "no-hook", expect: "patched" },
  { name: "nginx", expect: "explained" },
];

/**
 * Shows what the webhook does with the files of examples/. Returns the exit code, which is 1 after an unexpected
 * result.
 */
export async function demo(terminal: Terminal): Promise<number> {
  const { server, ca } = await startTrialServer();
  const client = createClient(server.port, ca);
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
