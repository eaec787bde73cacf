import t from "tap";
import { effectiveGrace, type Trigger } from "../../src/termination/grace.ts";
import { timeline } from "../../src/termination/timeline.ts";
import { exec, IGNORES, main } from "./containers.ts";

/**
 * The grace period as text, such as `30 hook 0`: the seconds, and the limit of the hook if it differs. The text also
 * has `spec` if the kubelet gets no override of the grace period, and the scope if it is not `pod`.
 */
function read(trigger: Trigger, spec: number, minor: number): string {
  const grace = effectiveGrace(trigger, spec, { minor });
  if (grace === undefined) return "nothing";
  const { seconds, hookSeconds, override, scope } = grace;
  return [
    `${seconds}`,
    ...(hookSeconds === seconds ? [] : [`hook ${hookSeconds}`]),
    ...(override ? [] : ["spec"]),
    ...(scope === "pod" ? [] : [scope]),
  ].join(" ");
}

/**
 * The trigger, the grace period in the pod spec, and the effective grace periods on Kubernetes 1.27, 1.28, 1.29, 1.30,
 * 1.31, 1.32 and 1.37.
 */
type Row = [Trigger, number, string, string, string, string, string, string, string];
const MINORS = [27, 28, 29, 30, 31, 32, 37];

function same(trigger: Trigger, spec: number, seconds: string): Row {
  return [trigger, spec, seconds, seconds, seconds, seconds, seconds, seconds, seconds];
}

const byPriority = [
  { priority: 100000, shutdownGracePeriodSeconds: 10 },
  { priority: 10000, shutdownGracePeriodSeconds: 180 },
  { priority: 0, shutdownGracePeriodSeconds: 60 },
];
const both = { shutdownGracePeriod: 30, shutdownGracePeriodCriticalPods: 10 };

const ROWS: Row[] = [
  same({ kind: "delete" }, 30, "30"),
  [{ kind: "delete" }, 0, "1 hook 0", "1", "1", "1", "1", "1", "1"],
  same({ kind: "delete" }, -5, "1"),
  same({ kind: "delete", graceSeconds: 5 }, 30, "5"),
  same({ kind: "delete", graceSeconds: 60 }, 30, "60"),
  same({ kind: "delete", graceSeconds: -1 }, 30, "1"),
  [{ kind: "delete", graceSeconds: 0 }, 30, "30 hook 0", "30", "30", "1", "1", "1", "1"],
  same({ kind: "delete", pod: "unscheduled" }, 30, "0 spec"),
  same({ kind: "delete", graceSeconds: 9, pod: "terminal" }, 30, "0 spec"),
  same({ kind: "eviction" }, 30, "30"),
  same({ kind: "eviction", graceSeconds: 7 }, 30, "7"),
  same({ kind: "eviction", graceSeconds: -7 }, 30, "1"),
  same({ kind: "drain" }, 30, "30"),
  same({ kind: "drain", graceSeconds: -1 }, 30, "30"),
  same({ kind: "drain", graceSeconds: 5 }, 30, "5"),
  [{ kind: "drain", graceSeconds: 0 }, 30, "30 hook 0", "30", "30", "1", "1", "1", "1"],
  same({ kind: "clusterAutoscaler" }, 30, "30"),
  same({ kind: "clusterAutoscaler" }, 3600, "600"),
  same({ kind: "clusterAutoscaler", maxGraceSeconds: 20 }, 30, "20"),
  ...(
    [
      "schedulerPreemption",
      "taintEviction",
      "garbageCollection",
      "namespaceDeletion",
      "jobDeadline",
      "controller",
    ] as const
  ).map((kind) => same({ kind }, 30, "30")),
  same({ kind: "kubeletPreemption" }, 30, "30"),
  [{ kind: "kubeletPreemption" }, 0, "1 hook 0", "1", "1", "1", "1", "1", "1"],
  same({ kind: "staticPodRemoved" }, 30, "30"),
  [{ kind: "hardEviction" }, 30, "30", "30", "30", "1", "1", "1", "1"],
  [{ kind: "storageLimit" }, 30, "30", "30", "30", "1", "1", "1", "1"],
  [{ kind: "softEviction" }, 30, "30", "30", "30", "1", "1", "1", "1"],
  [{ kind: "softEviction", maxGraceSeconds: 90 }, 30, "90 hook 30", "90", "90", "90", "90", "30", "30"],
  [{ kind: "softEviction", maxGraceSeconds: 10 }, 30, "10 hook 30", "10", "10", "10", "10", "10", "10"],
  [{ kind: "nodeShutdown", kubelet: both }, 30, "20 hook 30", "20", "20", "20", "20", "20", "20"],
  same({ kind: "nodeShutdown", kubelet: both }, 5, "5"),
  [
    { kind: "nodeShutdown", kubelet: both, priority: 2_000_000_000 },
    30,
    "10 hook 30",
    "10",
    "10",
    "10",
    "10",
    "10",
    "10",
  ],
  [
    { kind: "nodeShutdown", kubelet: both, priority: 1_999_999_999 },
    30,
    "20 hook 30",
    "20",
    "20",
    "20",
    "20",
    "20",
    "20",
  ],
  [
    { kind: "nodeShutdown", kubelet: { shutdownGracePeriod: 30 }, priority: 2_000_001_000 },
    30,
    "30",
    "30",
    "30",
    "1",
    "1",
    "1",
    "1",
  ],
  same({ kind: "nodeShutdown", kubelet: { shutdownGracePeriod: 30 } }, 45, "30 hook 45").map((cell, index) =>
    index > 2 ? "30" : cell,
  ) as Row,
  same({ kind: "nodeShutdown", kubelet: {} }, 30, "nothing"),
  same(
    {
      kind: "nodeShutdown",
      kubelet: { shutdownGracePeriodByPodPriority: [{ priority: 0, shutdownGracePeriodSeconds: 0 }] },
    },
    30,
    "nothing",
  ),
  same(
    { kind: "nodeShutdown", kubelet: { shutdownGracePeriod: 5, shutdownGracePeriodCriticalPods: 10 } },
    30,
    "nothing",
  ),
  same(
    {
      kind: "nodeShutdown",
      kubelet: { ...both, shutdownGracePeriodByPodPriority: byPriority },
      priority: 10500,
    },
    120,
    "120",
  ),
  [
    { kind: "nodeShutdown", kubelet: { shutdownGracePeriodByPodPriority: byPriority }, priority: 100000 },
    120,
    "10 hook 120",
    "10",
    "10",
    "10",
    "10",
    "10",
    "10",
  ],
  [
    { kind: "nodeShutdown", kubelet: { shutdownGracePeriodByPodPriority: byPriority }, priority: 9999 },
    120,
    "60 hook 120",
    "60",
    "60",
    "60",
    "60",
    "60",
    "60",
  ],
  [
    { kind: "nodeShutdown", kubelet: { shutdownGracePeriodByPodPriority: byPriority }, priority: -10 },
    120,
    "60 hook 120",
    "60",
    "60",
    "60",
    "60",
    "60",
    "60",
  ],
  same({ kind: "livenessFailure" }, 30, "30 spec container"),
  same({ kind: "livenessFailure" }, 0, "0 spec container"),
  same({ kind: "livenessFailure", graceSeconds: 10 }, 30, "10 spec container"),
  same({ kind: "livenessFailure", graceSeconds: 90 }, 30, "90 spec container"),
  same({ kind: "startupFailure", graceSeconds: 5 }, 30, "5 spec container"),
  same({ kind: "postStartFailure" }, 30, "30 spec container"),
  same({ kind: "definitionChange" }, 30, "30 spec container"),
  same({ kind: "resize" }, 30, "30 spec container"),
  same({ kind: "sandboxChange" }, 30, "30 spec"),
  same({ kind: "completion" }, 30, "30 spec"),
  same({ kind: "completion" }, 0, "0 spec"),
  same({ kind: "podDeadline" }, 30, "30 spec"),
  same({ kind: "restartAllContainers" }, 30, "0 container"),
  same({ kind: "orphan" }, 30, "1 hook 0"),
];

t.test("the grace period of each trigger in each kubelet version", async (t) => {
  for (const [trigger, spec, ...expected] of ROWS) {
    t.strictSame(
      MINORS.map((minor) => read(trigger, spec, minor)),
      expected,
      `${JSON.stringify(trigger)}, grace period ${spec}`,
    );
  }
});

t.test("the default kubelet version is the newest", async (t) => {
  t.strictSame(effectiveGrace({ kind: "hardEviction" }, 30), {
    seconds: 1,
    scope: "pod",
    override: true,
    hookSeconds: 1,
  });
});

t.test("any number results in a whole grace period", async (t) => {
  for (const spec of [Number.NaN, -Infinity, Infinity, 2 ** 63, 1.5, 0.5]) {
    for (const asked of [Number.NaN, -Infinity, Infinity, 2 ** 63, 1.5]) {
      const grace = effectiveGrace({ kind: "delete", graceSeconds: asked }, spec);
      t.ok(Number.isSafeInteger(grace?.seconds), `${asked} of ${spec}`);
    }
  }
});

t.test("a timeline uses the effective grace period", async (t) => {
  const stop = (trigger: Trigger, minor: number): [unknown, unknown] => {
    const kubelet = { minor };
    const grace = effectiveGrace(trigger, 30, kubelet);
    const [app] = timeline([main(exec(20), IGNORES)], grace?.seconds ?? -1, { kubelet, ...grace }).containers;
    return [app?.hook?.outcome, app?.killAt.max];
  };
  t.strictSame(stop({ kind: "softEviction", maxGraceSeconds: 10 }, 27), ["completed", 30]);
  t.strictSame(stop({ kind: "softEviction", maxGraceSeconds: 10 }, 28), ["cut", 12]);
  t.strictSame(stop({ kind: "delete", graceSeconds: 0 }, 27), ["skipped", 30]);
  t.strictSame(stop({ kind: "delete", graceSeconds: 0 }, 29), ["completed", 30]);
  t.strictSame(stop({ kind: "delete", graceSeconds: 0 }, 37), ["cut", 3]);
  t.strictSame(stop({ kind: "completion" }, 27), ["completed", 30]);
  t.strictSame(stop({ kind: "delete" }, 27), ["completed", 50]);
  t.strictSame(stop({ kind: "livenessFailure", graceSeconds: 10 }, 27), ["cut", 12]);
  t.strictSame(stop({ kind: "restartAllContainers" }, 37), ["skipped", 2]);
  t.strictSame(stop({ kind: "orphan" }, 37), ["skipped", 2]);
});
