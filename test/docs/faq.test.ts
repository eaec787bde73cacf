import { readFileSync } from "node:fs";
import t from "tap";
import { ENDINGS, type Ending, powerOffAt } from "../../src/explain/ending.ts";
import { exactly } from "../../src/hook/interval.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { FIRST_MINOR_WITH_SLEEP } from "../../src/policy/injection/sleep-action.ts";
import { GRACE_SECONDS, podWith, SLEEP_SECONDS, stopped } from "../../tools/docs/injection-page.ts";
import { injected } from "./injected.ts";
import { rowsOf } from "./page.ts";

/** Tests the numbers in docs/faq.md that the code can compute. */
const text = readFileSync(new URL("../../docs/faq.md", import.meta.url), "utf8").replace(/\n(?=\S)/g, " ");
const page = readFileSync(new URL("../../docs/faq.md", import.meta.url), "utf8");

const POD = podWith({ kind: "sleep", seconds: exactly(SLEEP_SECONDS) }, GRACE_SECONDS + SLEEP_SECONDS);

/**
 * For each cloud in the table, the value of `explain --on` for a spot interruption. GKE reserves half of its 30 s for
 * critical pods.
 */
const NODES: Readonly<Record<string, Ending>> = {
  AWS: ENDINGS.spot,
  Azure: { on: "spot", noticeSeconds: 30 },
  "Google Cloud, GKE": {
    on: "node-shutdown",
    kubelet: { shutdownGracePeriod: 30, shutdownGracePeriodCriticalPods: 15 },
  },
};

t.test("docs/faq.md and explain agree on the time that is left on a spot node", async (t) => {
  const rows = rowsOf(page, "How much time is left on a spot node?");
  t.same(
    rows.map(([node]) => node),
    Object.keys(NODES),
  );
  for (const [node = "", notice, gets, left] of rows) {
    const ending = NODES[node] ?? ENDINGS.delete;
    const at = stopped(ending, POD);
    const given = Number.isFinite(powerOffAt(ending)) ? powerOffAt(ending) : 30;
    t.same([notice, gets, left], [`${given} s`, `${Math.min(at.grace, given)} s`, `${at.left} s`], node);
  }
});

t.test("our numbers in docs/faq.md are right", async (t) => {
  const { pod } = injected({}, { "gracekeeper.dev/prestop-sleep-seconds": "60" });
  const drained = stopped({ on: "drain", graceSeconds: 30 }, POD);
  const hard = stopped(ENDINGS["hard-eviction"], POD);
  for (const sentence of [
    `| Services only (kube-proxy) | ${DEFAULT_CONFIGURATION.prestopSleepSeconds} s, the default |`,
    `With a sleep of 60 s, a grace period of 30 s becomes ${pod["spec"].terminationGracePeriodSeconds} s`,
    `a pod with a grace period of ${GRACE_SECONDS + SLEEP_SECONDS} s, of which an added sleep takes ${SLEEP_SECONDS} s`,
    `--grace-period=30\` gives ${drained.grace} s, including the sleep: after an added sleep of ${SLEEP_SECONDS} s, the app has ${drained.left} s`,
    `a hard eviction gives ${hard.grace} s`,
    `where API server and kubelet have Kubernetes 1.${FIRST_MINOR_WITH_SLEEP} or later`,
    `with 3 pods and a sleep of ${SLEEP_SECONDS} s it takes ${3 * SLEEP_SECONDS} s longer`,
  ])
    t.ok(text.includes(sentence), sentence);
  t.same(DEFAULT_CONFIGURATION.inject.skipOwners, ["DaemonSet"]);
});

t.test("every number from another project has a source", async (t) => {
  for (const [where = "", sleep = "", from = ""] of rowsOf(page, "Which sleep does my load balancer need?"))
    if (!sleep.includes("the default")) t.match(from, /[\w-]+\/[\w.-]+#\d+|knowledge base/, where);
});
