import { findAccess } from "../../src/kube/access.ts";
import { createListPods } from "../../src/kube/pods.ts";
import { post, testApp } from "../helper.ts";
import { reviewOf } from "../reviews.ts";

/** What previews of a namespace took, two asked for at once, and then a listing that has all the time it wants. */
export interface Taken {
  /** RSS in bytes: before, and the most seen. */
  readonly before: number;
  readonly most: number;
  /** Milliseconds for which nobody else had a turn. */
  readonly stall: number;
  /** The warnings of the previews. */
  readonly warnings: readonly string[];
  readonly looked: number | undefined;
  readonly largestPage: number;
  readonly milliseconds: number;
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
let stall = 0;
let last = performance.now();
setInterval(() => {
  stall = Math.max(stall, performance.now() - last);
  most = Math.max(most, process.memoryUsage.rss());
  last = performance.now();
}, 1);

const warnings: string[] = [];
for (let round = 0; round < Number(rounds); round++) {
  warnings.push(...(await Promise.all([preview(), preview()])).flat());
}
let largestPage = 0;
const started = performance.now();
const listed = await listPods("shop", { limit: 3000, milliseconds: 30_000 }, async ({ length }) => {
  largestPage = Math.max(largestPage, length);
  return true;
});
const milliseconds = performance.now() - started;
const taken: Taken = { before, most, stall, warnings, looked: listed?.looked, largestPage, milliseconds };
process.send?.(taken, () => process.exit());
