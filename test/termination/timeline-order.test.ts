import t from "tap";
import { timeline } from "../../src/termination/timeline.ts";
import { exec, IGNORES, lines, main, sidecar, sleep } from "./containers.ts";

t.test("sidecars stop after the main containers, in reverse order of declaration", async (t) => {
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

t.test("the stop signal of a sidecar waits for the main containers", async (t) => {
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

t.test("containers that the kubelet restarts in a running pod are stopped one after the other", async (t) => {
  const result = timeline([main(undefined, IGNORES), { ...main(sleep(1), 2), name: "other" }], 30, {
    scope: "container",
  });
  t.strictSame(lines(result), {
    app: "no hook | signal 0 | left 30 | kill 30 | exit 30 by kill",
    other: "hook completed 31 | signal 31 | left 29 | kill 60 | exit 33 by stop-signal",
  });
  t.strictSame(result.containers[1]?.hook?.start, { min: 30, max: 30 });
  const down = timeline(
    [main(undefined, 9, { running: false }), { ...main(undefined, 2), name: "other" }],
    30,
    {
      scope: "container",
    },
  );
  t.strictSame(lines(down), {
    app: "left alone",
    other: "no hook | signal 0 | left 30 | kill 30 | exit 2 by stop-signal",
  });
  const alone = timeline([main(undefined, 9), sidecar("proxy", undefined, 1)], 30, { scope: "container" });
  t.equal(
    lines(alone)["proxy"],
    "no hook | signal 9 | left 30 | kill 39 | exit 10 by stop-signal",
    "nobody waits for a turn",
  );
});

t.test("a sidecar whose turn is not known exactly", async (t) => {
  const pod = [main(undefined, 10.5), sidecar("proxy", exec({ min: 0, max: 20.5 }), 1)];
  t.equal(
    lines(timeline(pod, 30))["proxy"],
    "hook completed 0..20.5 | signal 10.5..20.5 | left 10..21 | kill 30..32 | exit 11.5..21.5 by stop-signal",
  );
});
