import type { Api } from "./api.ts";
import type { Cluster } from "./cluster.ts";
import type { Gracekeeper } from "./process.ts";
import type { Report } from "./report.ts";

/** What every check works with. */
export interface World {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly api: Api;
  readonly gracekeeper: Gracekeeper;
  /** Minor version of the API server: 36 for 1.36. */
  readonly minor: number;
  /** Whether this version has the sleep action at all. */
  readonly injects: boolean;
}

/** Which webhooks the API server called while `act` ran, as `{ "validate.gracekeeper.dev": 1 }`. */
export async function callsDuring(
  { cluster }: Pick<World, "cluster">,
  act: () => Promise<unknown>,
): Promise<Readonly<Record<string, number>>> {
  const before = await cluster.webhookCalls();
  await act();
  const after = await cluster.webhookCalls();
  const calls: Record<string, number> = {};
  for (const [name, count] of after) {
    const more = count - (before.get(name) ?? 0);
    if (more > 0) calls[name] = more;
  }
  return calls;
}
