import fc from "fast-check";
import t from "tap";
import type { Interval } from "../../src/hook/interval.ts";
import { powerOff } from "../../src/termination/power-off.ts";
import type { ContainerTimeline, StoppingContainer } from "../../src/termination/stop-container.ts";
import { neededGrace, type TimelineOptions, timeline } from "../../src/termination/timeline.ts";
import { narrowed, podOf, point, seconds, shares, spot, wide } from "../arbitraries/stopping-containers.ts";
import { cases } from "../cases.ts";
import { runKubelet } from "./kubelet-model.ts";
import "../patience.ts";

const RUNS = { numRuns: cases(5_000), seed: 20240117 };

const grace = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 3 }));
const options: fc.Arbitrary<TimelineOptions> = fc.record(
  {
    kubelet: fc.constantFrom(22, 27, 28, 29, 37).map((minor) => ({ minor })),
    scope: fc.constantFrom("pod", "container" as const),
    override: fc.boolean(),
    hookSeconds: fc.integer({ min: 0, max: 40 }),
  },
  { requiredKeys: [] },
);

/** The time of a power failure, which is mostly after the pod has ended. */
const off = fc.oneof(
  { weight: 2, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
  fc.integer({ min: 0, max: 60 }),
);

const TIMES = ["waited", "stopSignalAt", "left", "killAt", "exitAt", "endedAt"] as const;

/** The times of `inner` that are outside the intervals of `outer`. */
function outside(inner: ContainerTimeline, outer: ContainerTimeline): string[] {
  const spans = [
    ...TIMES.map((name): [string, Interval, Interval] => [name, inner[name], outer[name]]),
    ...(inner.hook && outer.hook
      ? [["hook end", inner.hook.end, outer.hook.end] as [string, Interval, Interval]]
      : []),
  ];
  const strays = spans
    .filter(([, small, big]) => small.min < big.min || small.max > big.max)
    .map(([name, small, big]) => `${name} ${JSON.stringify(small)} outside ${JSON.stringify(big)}`);
  const by = outer.exitedBy === "cannot-tell" || outer.exitedBy === inner.exitedBy ? [] : ["exitedBy"];
  const allowed: Record<string, readonly (string | undefined)[]> = {
    "may-be-cut": ["may-be-cut", "cut", "completed", "failed"],
    completed: ["completed", "failed"],
  };
  const outcomes = allowed[outer.hook?.outcome ?? ""] ?? [outer.hook?.outcome];
  const outcome = outcomes.includes(inner.hook?.outcome)
    ? []
    : [`${inner.hook?.outcome} in ${outer.hook?.outcome}`];
  const minimum = outer.minimumOnly && !inner.minimumOnly ? ["minimumOnly"] : [];
  return [...strays, ...by, ...outcome, ...minimum];
}

t.test("exact times inside the input intervals give results inside the output intervals", async () => {
  fc.assert(
    fc.property(podOf(wide), shares, grace, options, off, (pod, inside, seconds, how, at) => {
      const outer = powerOff(timeline(pod, seconds, how), at).containers;
      const inner = powerOff(timeline(narrowed(pod, inside), seconds, how), at).containers;
      const strays = inner.flatMap((container, index) => {
        const around = outer[index];
        return around === undefined ? ["gone"] : outside(container, around);
      });
      if (strays.length > 0) throw new Error(strays.join("; "));
    }),
    { ...RUNS, numRuns: cases(20_000) },
  );
});

t.test("exact input times give the exact times of the kubelet model", async () => {
  fc.assert(
    fc.property(podOf(point), grace, (pod, seconds) => {
      const expected = runKubelet(pod, seconds);
      for (const { name, running, hook, stopSignalAt, left, exitAt, exitedBy, endedAt } of timeline(
        pod,
        seconds,
      ).containers) {
        const want = expected.get(name);
        if (want === undefined ? running : !running) throw new Error(`${name}: running`);
        if (want === undefined) continue;
        if (exitedBy !== want.exitedBy) throw new Error(`${name}: by ${exitedBy}, ${want.exitedBy}`);
        const pairs: [string, Interval, number][] = [
          ["hook", hook?.end ?? { min: 0, max: 0 }, want.hookEnd],
          ["signal", stopSignalAt, want.signalAt],
          ["left", left, want.left],
          ["exit", exitAt, want.exitAt],
          ["ended", endedAt, want.endedAt],
        ];
        for (const [what, ours, theirs] of pairs) {
          if (ours.min !== theirs || ours.max !== theirs)
            throw new Error(`${name}: ${what} ${JSON.stringify(ours)}, ${theirs}`);
        }
      }
    }),
    { ...RUNS, numRuns: cases(20_000) },
  );
});

t.test("the kill follows the stop signal after the remaining time", async () => {
  fc.assert(
    fc.property(podOf(point), grace, options, (pod, seconds, how) =>
      timeline(pod, seconds, how).containers.every(
        ({ left, killAt, stopSignalAt }) =>
          killAt.min - stopSignalAt.min === left.min && killAt.min === killAt.max,
      ),
    ),
    RUNS,
  );
});

t.test("no container exceeds the grace period by more than the minimum and truncated fractions", async () => {
  fc.assert(
    fc.property(
      podOf(wide),
      grace,
      (pod, seconds) => timeline(pod, seconds).stoppedAt.max <= Math.max(seconds, 1) + 3,
    ),
    RUNS,
  );
});

t.test(
  "in a pod without sidecars, a longer hook, shutdown or grace period ends nothing earlier",
  async () => {
    const plain = podOf(point).map((pod) => pod.filter(({ role }) => role !== "sidecar"));
    fc.assert(
      fc.property(plain, grace, fc.nat(40), fc.nat(40), fc.nat(9), (pod, seconds, hook, shutdown, more) => {
        const longer = pod.map((container) => ({
          ...container,
          hook: container.hook && { ...container.hook, seconds: later(container.hook.seconds, hook / 8) },
          shutdown: later(container.shutdown, shutdown / 8),
        }));
        const now = timeline(pod, seconds);
        const then = timeline(longer, seconds);
        const kept = timeline(pod, seconds + more);
        return (
          now.containers.every(
            (container, index) =>
              container.stopSignalAt.min <= (then.containers[index]?.stopSignalAt.min ?? -1),
          ) &&
          now.containers.every(
            (container, index) => container.killAt.min <= (kept.containers[index]?.killAt.min ?? -1),
          )
        );
      }),
      RUNS,
    );
  },
);

function later({ min, max }: Interval, by: number): Interval {
  return { min: min + by, max: max + by };
}

t.test("the needed grace period is enough in every case, and a second less is not", async () => {
  fc.assert(
    fc.property(podOf(wide), fc.array(spot, { minLength: 7, maxLength: 7 }), (pod, inside) => {
      const needed = neededGrace(pod);
      if (needed === undefined) return;
      const slowest = narrowed(pod, [[1, 1]]);
      for (const run of [slowest, narrowed(pod, inside)]) {
        if (!endsWell(run, needed)) throw new Error(`${needed} will not do`);
      }
      if (needed > 0 && endsWell(slowest, needed - 1)) throw new Error(`${needed - 1} will do`);
    }),
    RUNS,
  );
});

/** Whether a pod with exact times ends within the grace period, without a cut hook or a kill. */
function endsWell(pod: readonly StoppingContainer[], seconds: number): boolean {
  const { containers, stoppedAt } = timeline(pod, seconds);
  const isWell = containers.every(({ hook, exitedBy }) => hook?.outcome !== "cut" && exitedBy !== "kill");
  return isWell && stoppedAt.max <= seconds;
}

t.test("any number and option gives ordered bounds without NaN, and no error", async () => {
  const anyGrace = fc.oneof(
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map(Number),
    fc.constantFrom(2147483646, 2147483647, 2147483648, Number.NaN, -0),
  );
  const anySeconds = fc.oneof(
    seconds,
    fc.double({ min: -10, noNaN: true }),
    fc.constantFrom(2147483646.5, 2147483647, 2147483648, 1e300, -1, 0.1, 1 / 3),
  );
  const anySpan = fc
    .tuple(anySeconds, anySeconds)
    .map(([a, b]): Interval => ({ min: Math.min(a, b), max: Math.max(a, b) }));
  fc.assert(
    fc.property(
      podOf(anySpan, anySeconds),
      anyGrace,
      options,
      fc.option(anyGrace, { nil: undefined }),
      (pod, seconds, how, hookSeconds) => {
        const result = timeline(pod, seconds, hookSeconds === undefined ? how : { ...how, hookSeconds });
        const spans = [
          result.stoppedAt,
          ...result.containers.flatMap((one) => [
            ...TIMES.map((name) => one[name]),
            one.hook?.end ?? one.left,
          ]),
        ];
        const needed = neededGrace(pod);
        return (
          spans.every(({ min, max }) => min >= 0 && min <= max) &&
          Number.isSafeInteger(result.graceSeconds) &&
          (needed === undefined || (Number.isSafeInteger(needed) && needed >= 0))
        );
      },
    ),
    RUNS,
  );
});
