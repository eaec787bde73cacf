import { findAccess } from "../../src/kube/access.ts";
import { createListPods } from "../../src/kube/pods.ts";
import { post, testApp } from "../helper.ts";
import { reviewOf } from "../reviews.ts";

/** Measurements of two simultaneous previews of a namespace, and of a later list of pods with a long time limit. */
export interface Taken {
  /** Resident memory in bytes, before the previews. */
  readonly before: number;
  readonly most: number;
  /** The least number of timer callbacks that ran between two pages. */
  readonly fewestTurns: number;
  /** The warnings of the previews. */
  readonly warnings: readonly string[];
  readonly looked: number | undefined;
  readonly largestPage: number;
}

/**
 * Runs the app in a separate process. Arguments: a kubeconfig, and the number of rounds. Sends its measurements to the
 * parent process.
 */
const [, , kubeconfig, rounds] = process.argv;
const access = await findAccess(kubeconfig);
if (access === undefined) throw new Error("no access");
const listPods = createListPods(access, new AbortController().signal);
const app = testApp({ teardown: () => undefined }, { listPods });
const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } };
const labelled = { ...shop, metadata: { name: "shop", labels: { "gracekeeper.dev/validate": "enforce" } } };
const write = { name: "shop", namespace: "shop", operation: "UPDATE", oldObject: shop };

async function preview(): Promise<readonly string[]> {
  const { body } = await post(app.app, "/validate/namespace", reviewOf(labelled, write));
  return JSON.parse(body).response.warnings ?? [];
}

await post(app.app, "/validate/namespace", reviewOf(shop, { ...write, operation: "CREATE" }));
const before = process.memoryUsage.rss();
let most = before;
let turns = 0;
const turn = (): void => {
  turns += 1;
  most = Math.max(most, process.memoryUsage.rss());
  setTimeout(turn, 1);
};
turn();

const warnings: string[] = [];
for (let round = 0; round < Number(rounds); round++) {
  warnings.push(...(await Promise.all([preview(), preview()])).flat());
}
let largestPage = 0;
let fewestTurns = Number.POSITIVE_INFINITY;
turns = 0;
const listed = await listPods("shop", { limit: 3000, milliseconds: 30_000 }, async ({ length }) => {
  largestPage = Math.max(largestPage, length);
  fewestTurns = Math.min(fewestTurns, turns);
  turns = 0;
  return true;
});
const taken: Taken = { before, most, fewestTurns, warnings, looked: listed?.looked, largestPage };
process.send?.(taken, () => process.exit());
