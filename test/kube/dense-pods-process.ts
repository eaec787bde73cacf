import { FaultyApiServer } from "./faulty-api-server.ts";

/**
 * A process with a fake API server. The argument of the process is the number of pods. Sends its kubeconfig to the
 * parent process.
 */
const VARIABLES = 400;

/** A pod with 24 KB of small values and a hook that does not fit. */
function densePod(index: number): object {
  const env = Array.from({ length: VARIABLES }, (_, variable) => ({
    name: `VARIABLE_${variable}_OF_MANY`,
    value: `value ${variable}`,
  }));
  const preStop = { exec: { command: ["sleep", "45"] } };
  const containers = [{ name: "web", image: "registry.example/web:1", env, lifecycle: { preStop } }];
  return {
    metadata: { name: `web-${String(index).padStart(4, "0")}`, namespace: "shop" },
    spec: { terminationGracePeriodSeconds: 30, containers },
    status: { phase: "Running" },
  };
}

const server = await FaultyApiServer.start({ teardown: () => undefined });
server.pods = Array.from({ length: Number(process.argv[2]) }, (_, index) => densePod(index));
process.send?.(server.kubeconfig());
