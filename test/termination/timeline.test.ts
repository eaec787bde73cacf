import t from "tap";
import type { Interval } from "../../src/hook/interval.ts";
import { type ContainerTimeline, type Timeline, timeline } from "../../src/termination/timeline.ts";
import { exec, IGNORES, main, sidecar, sleep } from "./containers.ts";

/** `hook end, outcome | stop signal | left | kill | exit | by whom`; intervals as `a..b`. */
function line(container: ContainerTimeline | undefined): string {
  if (container === undefined) return "absent";
  if (!container.running) return "left alone";
  const { hook, stopSignalAt, left, killAt, exitAt, exitedBy } = container;
  const hookText = hook === undefined ? "no hook" : `hook ${hook.outcome} ${span(hook.end)}`;
  return `${hookText} | signal ${span(stopSignalAt)} | left ${span(left)} | kill ${span(killAt)} | exit ${span(exitAt)} by ${exitedBy}`;
}

function span({ min, max }: Interval): string {
  return min === max ? `${min}` : `${min}..${max}`;
}

function lines(result: Timeline): Record<string, string> {
  return Object.fromEntries(result.containers.map((container) => [container.name, line(container)]));
}

const NEW = { minor: 36 };
const OLD = { minor: 27 };

t.test("the four cases everybody writes", async (t) => {
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

t.test("a single container on kubelets from 1.28", async (t) => {
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

t.test("intervals", async (t) => {
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

t.test("kubelets from 1.22 to 1.27", async (t) => {
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

t.test("sidecars stop after the main containers, the last declared first", async (t) => {
  const chain = [
    main(undefined, 10),
    ...["first", "second", "third"].map((name) => sidecar(name, undefined, 10)),
  ];
  const result = timeline(chain, 30);
  t.strictSame(lines(result), {
    app: "no hook | signal 0 | left 30 | kill 30 | exit 10 by stop-signal",
    first: "no hook | signal 30 | left 2 | kill 32 | exit 32 by kill",
    second: "no hook | signal 20 | left 10 | kill 30 | exit 30 by stop-signal",
    third: "no hook | signal 10 | left 20 | kill 30 | exit 20 by stop-signal",
  });
  t.strictSame(
    result.containers.map((container) => container.name),
    ["app", "first", "second", "third"],
    "in the order given",
  );
  t.strictSame(result.stoppedAt, { min: 32, max: 32 });
  t.strictSame(
    lines(timeline(chain, 30, { kubelet: { minor: 28 } })),
    Object.fromEntries(
      ["app", "first", "second", "third"].map((name) => [
        name,
        "no hook | signal 0 | left 30 | kill 30 | exit 10 by stop-signal",
      ]),
    ),
    "1.28 knows no order",
  );
});

t.test("the turn of a sidecar", async (t) => {
  const proxy = (containers: Parameters<typeof timeline>[0], grace: number): string =>
    lines(timeline(containers, grace))["proxy"] ?? "";
  t.equal(
    proxy([main(sleep(5), 5), sidecar("proxy", sleep(8), 1)], 30),
    "hook completed 8 | signal 10 | left 20 | kill 30 | exit 11 by stop-signal",
    "its hook starts with the others' and counts into the wait",
  );
  t.equal(
    proxy([main(undefined, 2), sidecar("proxy", exec(60), 1)], 30),
    "hook cut 30 | signal 30 | left 2 | kill 32 | exit 31 by stop-signal",
    "a hook that has used up the grace does not wait",
  );
  t.equal(
    proxy([main(undefined, 50), sidecar("proxy", exec(2.5), IGNORES)], 10),
    "hook completed 2.5 | signal 10 | left 2 | kill 12 | exit 12 by kill",
    "the wait ends with the kill of the main container",
  );
  t.equal(
    proxy(
      [
        main(undefined, IGNORES, { exitsAt: 40 }),
        sidecar("proxy", exec(2.5), 1),
        sidecar("late", sleep(12), IGNORES),
      ],
      10,
    ),
    "hook completed 2.5 | signal 10.5 | left 2 | kill 12.5 | exit 11.5 by stop-signal",
    "its own timer runs to grace + frac(hook)",
  );
  t.equal(
    proxy([main(undefined, 3.6), sidecar("proxy", undefined, IGNORES)], 30),
    "no hook | signal 3.6 | left 27 | kill 30.6 | exit 30.6 by kill",
    "whole seconds of the wait are subtracted",
  );
  t.equal(
    proxy(
      [
        main(undefined, 4),
        sidecar("proxy", undefined, 1),
        sidecar("down", undefined, 9, { running: false }),
        sidecar("last", undefined, 9),
      ],
      30,
    ),
    "no hook | signal 4 | left 26 | kill 30 | exit 5 by stop-signal",
    "one that is not running holds nobody up, nor do those behind it",
  );
  t.equal(
    proxy([main(undefined, 4), sidecar("proxy", undefined, 1, { exitsAt: 2 })], 30),
    "no hook | signal 4 | left 26 | kill 30 | exit 2 by itself",
    "the kubelet waits for the turn of one that has gone",
  );
  t.equal(
    proxy(
      [
        { ...main(undefined, 9), role: "init" },
        { ...main(undefined, 9), name: "debug", role: "ephemeral" },
        sidecar("proxy", undefined, 1),
      ],
      30,
    ),
    "no hook | signal 0 | left 30 | kill 30 | exit 1 by stop-signal",
    "nobody waits for ordinary init and ephemeral containers",
  );
});

t.test("when the kubelet is done with a container", async (t) => {
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

t.test("what is left, and when it is nothing but the minimum", async (t) => {
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

t.test("containers that are restarted are stopped one after the other", async (t) => {
  const result = timeline([main(undefined, IGNORES), { ...main(sleep(1), 2), name: "other" }], 30, {
    scope: "container",
  });
  t.strictSame(lines(result), {
    app: "no hook | signal 0 | left 30 | kill 30 | exit 30 by kill",
    other: "hook completed 31 | signal 31 | left 29 | kill 60 | exit 33 by stop-signal",
  });
  t.strictSame(result.containers[1]?.hook?.start, { min: 30, max: 30 });
  const alone = timeline([main(undefined, 9), sidecar("proxy", undefined, 1)], 30, { scope: "container" });
  t.equal(
    lines(alone)["proxy"],
    "no hook | signal 9 | left 30 | kill 39 | exit 10 by stop-signal",
    "nobody waits for a turn",
  );
});

t.test("any grace is a grace", async (t) => {
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
