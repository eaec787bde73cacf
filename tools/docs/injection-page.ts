/**
 * Makes the table in docs/injection.md. For each way to stop a pod, the table has the time that is left for the app.
 * `npm run docs` writes the table from the results of explain.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ENDINGS, type Ending, powerOffAt } from "../../src/explain/ending.ts";
import { type StoppablePod, stopOn } from "../../src/explain/stop.ts";
import { CANNOT_TELL, exactly } from "../../src/hook/interval.ts";
import type { StoppingHook } from "../../src/termination/stop-container.ts";
import { runPage } from "./page.ts";

export const PAGE = fileURLToPath(new URL("../../docs/injection.md", import.meta.url));

/** The example of the page: a grace period, and the sleep that is added to the pod and to the grace period. */
export const GRACE_SECONDS = 30;
export const SLEEP_SECONDS = 10;

const deleteWith = (graceSeconds: number): Ending => ({ on: "delete", graceSeconds });

/** The ways to stop a pod: in the words of the page, and as the input of explain. */
const ROWS: readonly (readonly [what: string, ending: Ending])[] = [
  ["`kubectl delete`, `kubectl drain`, preemption by the scheduler", ENDINGS.delete],
  ["`kubectl delete`, `kubectl drain` or the eviction API with a grace period of 30", deleteWith(30)],
  ["a delete with a grace period of 15", deleteWith(15)],
  ["a delete with a grace period of 10", deleteWith(10)],
  ["a delete with a grace period of 5", deleteWith(5)],
  ["`kubectl delete --now`", deleteWith(1)],
  ["`kubectl delete --force`", deleteWith(0)],
  [
    "node shutdown with `shutdownGracePeriod: 30s` and `shutdownGracePeriodCriticalPods: 10s`: normal pods get 20 s",
    ENDINGS["node-shutdown"],
  ],
  ["soft eviction with `evictionMaxPodGracePeriod: 15`", { on: "soft-eviction", graceSeconds: 15 }],
  ["hard eviction", ENDINGS["hard-eviction"]],
  ["a spot node that is switched off 30 s after the notice", { on: "spot", noticeSeconds: 30 }],
];

export function podWith(hook: StoppingHook | undefined, graceSeconds: number): StoppablePod {
  const stopping = { name: "web", role: "main", hook, shutdown: CANNOT_TELL, running: true } as const;
  return {
    graceSeconds,
    priority: undefined,
    containers: [{ stopping, hasLivenessProbe: false, livenessGraceSeconds: undefined }],
  };
}

/** The time of the stop signal, and the time that the app has after it. */
export function stopped(ending: Ending, pod: StoppablePod): { grace: number; signal: number; left: number } {
  const [one] = stopOn(ending, pod)?.containers ?? [];
  if (one === undefined) throw new Error(`${ending.on} stops nothing`);
  const signal = one.stopSignalAt.max;
  const end = Math.min(one.killAt.max, powerOffAt(ending));
  return { grace: one.graceSeconds, signal, left: end - signal };
}

function table(): string {
  const before = podWith(undefined, GRACE_SECONDS);
  const after = podWith({ kind: "sleep", seconds: exactly(SLEEP_SECONDS) }, GRACE_SECONDS + SLEEP_SECONDS);
  const rows = ROWS.map(([what, ending]) => {
    const { grace, signal, left } = stopped(ending, after);
    return `| ${what} | ${grace} | ${signal} | ${left} | ${stopped(ending, before).left} |\n`;
  });
  return `| what stops the pod | grace period | stop signal after | time that the app has after the stop signal | without the sleep |\n|---|---|---|---|---|\n${rows.join("")}`;
}

export function page(): string {
  return readFileSync(PAGE, "utf8").replace(/(?<=<!-- shorter -->\n)(?:\|.*\n)+/, table);
}

runPage(import.meta.url, { file: PAGE, text: page });
