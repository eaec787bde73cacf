import { findAccess } from "../../src/kube/access.ts";
import { createListPods } from "../../src/kube/pods.ts";
import { post, testApp } from "../helper.ts";
import { reviewOf } from "../reviews.ts";

/** The cost of two simultaneous previews of a namespace, and of a listing without a time limit after them. */
export interface Taken {
  /** RSS in bytes: before, and the most seen. */
  readonly before: number;
  readonly most: number;
  /** How often others had a turn between two pages, at least. */
  readonly fewestTurns: number;
  /** The warnings of the previews. */
  readonly warnings: readonly string[];
  readonly looked: number | undefined;
  readonly largestPage: number;
}

/** The app in a process of its own; its arguments are a kubeconfig and how often. Sends what was taken. */
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
