import type { Api } from "./api.ts";
import type { Cluster } from "./cluster.ts";
import type { Mount } from "./mount.ts";
import type { Gracekeeper } from "./process.ts";
import type { Report } from "./report.ts";

/** The context of every check. */
export interface World {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly api: Api;
  readonly gracekeeper: Gracekeeper;
  /** The folder with the configuration of gracekeeper. */
  readonly mount: Mount;
  /** Minor version of the API server: 37 for 1.37. */
  readonly minor: number;
  /** The hook that the current configuration adds to a pod without one; undefined for none. */
  readonly adds: "sleep" | "exec" | undefined;
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

/** Runs `work` for each item, several at once. The results are in the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()].reverse();
  const worker = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [place, item] = next;
      results[place] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** The preStop hook that injection adds. */
export function addedHook(adds: World["adds"], seconds: number): object {
  return adds === "exec"
    ? { preStop: { exec: { command: ["sleep", `${seconds}`] } } }
    : { preStop: { sleep: { seconds } } };
}
