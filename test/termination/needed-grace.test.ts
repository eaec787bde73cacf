import t from "tap";
import type { StoppingContainer } from "../../src/termination/stop-container.ts";
import { neededGrace } from "../../src/termination/timeline.ts";
import { exec, IGNORES, main, sidecar, sleep } from "./containers.ts";

t.test("the smallest whole grace period without a cut hook or a kill", async (t) => {
  const unknown = { min: 0, max: Number.POSITIVE_INFINITY };
  const cases: [string, StoppingContainer[], number | undefined][] = [
    ["hook 55 and shutdown 10", [main(sleep(55), 10)], 65],
    ["hook 5 and shutdown 10", [main(exec(5), 10)], 15],
    ["the minimum of 2 s is not counted on", [main(sleep(10), 1)], 11],
    ["fractions round up", [main(exec(9.5), 0.75)], 11],
    ["the longest of an interval", [main(exec({ min: 1, max: 20 }), { min: 2, max: 10 })], 30],
    ["the slowest container", [main(sleep(5), 5), { ...main(undefined, 12), name: "other" }], 12],
    [
      "sidecars one after the other",
      [main(undefined, 20), sidecar("a", undefined, 20), sidecar("b", undefined, 1)],
      41,
    ],
    ["a sidecar's hook runs beside the rest", [main(sleep(9), 5), sidecar("a", sleep(12), 1)], 15],
    ["a sleep without a process", [main(sleep(15), 5, { exitsAt: 3 })], 15],
    ["an exec hook that dies with the process", [main(exec(IGNORES), 5, { exitsAt: 3 })], 3],
    ["a process that ends by itself only", [main(undefined, IGNORES, { exitsAt: 40 })], 40],
    ["one that may end by itself", [main(exec({ min: 0, max: 10 }), 2, { exitsAt: 5 })], 5],
    ["nothing runs", [main(sleep(9), 9, { running: false })], 0],
    ["no containers", [], 0],
    ["a process that ignores the stop signal", [main(undefined, IGNORES)], undefined],
    ["a hook without end", [main(sleep(IGNORES), 1)], undefined],
    ["a hook of unknown length", [main(exec(unknown), 1)], undefined],
    ["a shutdown of unknown length", [main(sleep(5), unknown)], undefined],
  ];
  for (const [name, containers, expected] of cases) t.equal(neededGrace(containers), expected, name);
});

t.test("sidecars need no extra time in a kubelet that stops all containers at once", async (t) => {
  const pod = [main(undefined, 20), sidecar("a", undefined, 20)];
  t.equal(neededGrace(pod, { kubelet: { minor: 28 } }), 20);
  t.equal(neededGrace(pod, { kubelet: { minor: 29 } }), 40);
});
