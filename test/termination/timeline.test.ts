import t from "tap";
import type { Interval } from "../../src/hook/interval.ts";
import { timeline } from "../../src/termination/timeline.ts";
import { exec, IGNORES, line, main, sidecar, sleep, span } from "./containers.ts";

const NEW = { minor: 37 };
const OLD = { minor: 27 };

t.test("the timelines of four common cases", async (t) => {
  const cases: [string, number, number, number, string][] = [
    [
      "hook 5, grace 10, shutdown 2: done at 7",
      5,
      10,
      2,
      "hook completed 5 | signal 5 | left 5 | kill 10 | exit 7 by stop-signal",
    ],
    [
      "hook 15, grace 10, shutdown 2: a tie at 12",
      15,
      10,
      2,
      "hook cut 10 | signal 10 | left 2 | kill 12 | exit 12 by stop-signal",
    ],
    [
      "hook 5, grace 8, shutdown 10: killed at 8",
      5,
      8,
      10,
      "hook completed 5 | signal 5 | left 3 | kill 8 | exit 8 by kill",
    ],
    [
      "hook 55, grace 60, shutdown 10: killed at 60",
      55,
      60,
      10,
      "hook completed 55 | signal 55 | left 5 | kill 60 | exit 60 by kill",
    ],
  ];
  for (const [name, hook, grace, shutdown, expected] of cases) {
    t.equal(line(timeline([main(exec(hook), shutdown)], grace).containers[0]), expected, name);
  }
});

t.test("the timeline of a single container on kubelets from 1.28", async (t) => {
  const cases: [string, ReturnType<typeof main>, number, string][] = [
    [
      "no hook: stop signal at once",
      main(undefined, 5),
      30,
      "no hook | signal 0 | left 30 | kill 30 | exit 5 by stop-signal",
    ],
    [
      "grace 1 is raised to the minimum",
      main(undefined, IGNORES),
      1,
      "no hook | signal 0 | left 2 | kill 2 | exit 2 by kill",
    ],
    [
      "grace 1 cuts the hook",
      main(sleep(10), IGNORES),
      1,
      "hook cut 1 | signal 1 | left 2 | kill 3 | exit 3 by kill",
    ],
    [
      "grace 0 skips the hook",
      main(sleep(10), IGNORES),
      0,
      "hook skipped 0 | signal 0 | left 2 | kill 2 | exit 2 by kill",
    ],
    [
      "a hook that ends with the grace has ended",
      main(sleep(10), 1),
      10,
      "hook completed 10 | signal 10 | left 2 | kill 12 | exit 11 by stop-signal",
    ],
    [
      "1 s left is raised to the minimum",
      main(sleep(9), IGNORES),
      10,
      "hook completed 9 | signal 9 | left 2 | kill 11 | exit 11 by kill",
    ],
    [
      "fractions of the hook come on top",
      main(exec(0.2), IGNORES),
      30,
      "hook completed 0.2 | signal 0.2 | left 30 | kill 30.2 | exit 30.2 by kill",
    ],
    [
      "fractions of a long hook too",
      main(exec(9.5), IGNORES),
      10,
      "hook completed 9.5 | signal 9.5 | left 2 | kill 11.5 | exit 11.5 by kill",
    ],
    [
      "a handler that cannot run fails at once",
      main({ kind: "none", seconds: { min: 9, max: 9 } }, 2),
      30,
      "hook failed 0 | signal 0 | left 30 | kill 30 | exit 2 by stop-signal",
    ],
    [
      "a hook that fails later delays no less",
      main({ ...exec(4), fails: true }, 2),
      30,
      "hook failed 4 | signal 4 | left 26 | kill 30 | exit 6 by stop-signal",
    ],
    [
      "a request that hangs is cut",
      main({ kind: "httpGet", seconds: IGNORES }, 1),
      20,
      "hook cut 20 | signal 20 | left 2 | kill 22 | exit 21 by stop-signal",
    ],
    [
      "an exec hook dies with the container",
      main(exec(15), 5, { exitsAt: 3 }),
      30,
      "hook failed 3 | signal 3 | left 27 | kill 30 | exit 3 by itself",
    ],
    [
      "a sleep goes on without the container",
      main(sleep(15), 5, { exitsAt: 3 }),
      30,
      "hook completed 15 | signal 15 | left 15 | kill 30 | exit 3 by itself",
    ],
    [
      "a process can end by itself after the signal",
      main(undefined, 20, { exitsAt: 7 }),
      30,
      "no hook | signal 0 | left 30 | kill 30 | exit 7 by itself",
    ],
    ["one that is not running is left alone", main(sleep(9), 5, { running: false }), 30, "left alone"],
  ];
  for (const [name, container, grace, expected] of cases) {
    for (const kubelet of [{ minor: 28 }, NEW]) {
      t.equal(
        line(timeline([container], grace, { kubelet }).containers[0]),
        expected,
        `${name}, 1.${kubelet.minor}`,
      );
    }
  }
});

t.test("a process that ignores the stop signal may end by itself", async (t) => {
  const by = (exitsAt: number): string | undefined =>
    timeline([main(undefined, IGNORES, { exitsAt })], 30).containers[0]?.exitedBy;
  t.strictSame([0, 7, 30, 31].map(by), ["itself", "itself", "itself", "kill"]);
});

t.test("timelines with intervals", async (t) => {
  const cases: [string, ReturnType<typeof main>, number, string][] = [
    [
      "a hook that fits in any case",
      main(exec({ min: 0, max: 20 }), 5),
      30,
      "hook completed 0..20 | signal 0..20 | left 10..30 | kill 30..31 | exit 5..25 by stop-signal",
    ],
    [
      "a hook that may be cut",
      main(exec({ min: 5, max: 40 }), 5),
      30,
      "hook may-be-cut 5..30 | signal 5..30 | left 2..25 | kill 30..32 | exit 10..32 by cannot-tell",
    ],
    [
      "a hook of unknown length",
      main(exec({ min: 0, max: Number.POSITIVE_INFINITY }), 1),
      30,
      "hook may-be-cut 0..30 | signal 0..30 | left 2..30 | kill 30..32 | exit 1..31 by stop-signal",
    ],
    [
      "a shutdown of unknown length",
      main(sleep(5), { min: 0, max: Number.POSITIVE_INFINITY }),
      30,
      "hook completed 5 | signal 5 | left 25 | kill 30 | exit 5..30 by cannot-tell",
    ],
  ];
  for (const [name, container, grace, expected] of cases) {
    t.equal(line(timeline([container], grace).containers[0]), expected, name);
  }
});

t.test("the timeline on kubelets from 1.22 to 1.27", async (t) => {
  const stop = (hook: number, grace: number, more = {}): string =>
    line(timeline([main(exec(hook), IGNORES)], grace, { kubelet: OLD, ...more }).containers[0]);
  t.equal(
    stop(5, 8),
    "hook completed 5 | signal 5 | left 8 | kill 13 | exit 13 by kill",
    "the full grace after the hook",
  );
  t.equal(
    stop(60, 60),
    "hook completed 60 | signal 60 | left 60 | kill 120 | exit 120 by kill",
    "up to twice the grace",
  );
  t.equal(
    stop(20, 1, { hookSeconds: 30 }),
    "hook completed 20 | signal 20 | left 1 | kill 21 | exit 21 by kill",
    "an eviction limits the rest, not the hook; no minimum",
  );
  t.equal(
    stop(10, 30, { scope: "container" }),
    "hook completed 10 | signal 10 | left 20 | kill 30 | exit 30 by kill",
    "without an override the hook counts",
  );
  t.equal(
    stop(10, 30, { override: false }),
    "hook completed 10 | signal 10 | left 20 | kill 30 | exit 30 by kill",
    "so it does for a pod that ends by itself",
  );
});

t.test("the time at which the kubelet has finished stopping a container", async (t) => {
  const ended = (containers: Parameters<typeof timeline>[0]): (Interval | undefined)[] =>
    timeline(containers, 30).containers.map((container) => container.endedAt);
  t.strictSame(
    ended([main(sleep(15), 5, { exitsAt: 3 })]),
    [{ min: 15, max: 15 }],
    "a sleep outlasts the process",
  );
  t.strictSame(
    ended([main(undefined, 4), sidecar("proxy", undefined, 1, { exitsAt: 2 })]),
    [
      { min: 4, max: 4 },
      { min: 4, max: 4 },
    ],
    "so does the wait for one's turn",
  );
  t.strictSame(timeline([], 30).stoppedAt, { min: 0, max: 0 }, "nothing runs");
});

t.test("the time after the stop signal, and whether it is only the minimum", async (t) => {
  const left = (hook: Interval, grace: number): [string, boolean] => {
    const [container] = timeline([main(exec(hook), 1)], grace).containers;
    return [span(container?.left ?? { min: -1, max: -1 }), container?.minimumOnly ?? false];
  };
  t.strictSame(left({ min: 5, max: 5 }, 10), ["5", false]);
  t.strictSame(left({ min: 9, max: 9 }, 10), ["2", false], "1 s of the grace is left");
  t.strictSame(left({ min: 10, max: 10 }, 10), ["2", true]);
  t.strictSame(left({ min: 15, max: 20 }, 10), ["2", true]);
  t.strictSame(left({ min: 5, max: 20 }, 10), ["2..5", false], "it may be");
});

t.test("any number becomes a valid grace period", async (t) => {
  const graces: [number, number][] = [
    [-1, 0],
    [-Infinity, 0],
    [Number.NaN, 0],
    [0.9, 0],
    [1.9, 1],
    [2 ** 53, 2147483647],
    [2 ** 63, 2147483647],
    [Infinity, 2147483647],
  ];
  for (const [grace, whole] of graces)
    t.equal(timeline([main(sleep(3), 1)], grace).graceSeconds, whole, `${grace}`);
  t.equal(
    line(timeline([main(sleep(3), 1)], 2 ** 63).containers[0]),
    "hook completed 3 | signal 3 | left 2147483644 | kill 2147483647 | exit 4 by stop-signal",
  );
});
