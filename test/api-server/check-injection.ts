import assert from "node:assert/strict";
import { FITTING_SPEC, HOOKLESS_SPEC, KINDS, type KubernetesObject, madeBy, pod } from "./objects.ts";
import { installSecondInjector } from "./second-injector.ts";
import { callsDuring, type World } from "./world.ts";

const PODS = "/api/v1/namespaces/injected/pods";
const INJECTED = "gracekeeper.dev/injected";
const WARNING =
  'container "web": added preStop sleep 10s, grace 40s (30 + 10 added); opt out with pod label ' +
  "gracekeeper.dev/inject: disabled [sleep-added]";

export async function checkInjection(world: World): Promise<void> {
  const { report, api } = world;
  report.section("Injection");
  await (world.injects ? checkAdded(world) : checkNothingAdded(world));
  await checkLeftAlone(world);
  await report.check("workloads are never changed: no call for any other kind", async () => {
    const calls = await callsDuring(world, async () => {
      for (const { kind, path, make } of KINDS) {
        if (kind === "Pod") continue;
        const { status, body } = await api.post(`${path("injected")}?dryRun=All`, make("web", HOOKLESS_SPEC));
        assert.equal(status, 201, body.message);
      }
    });
    assert.deepEqual(calls, {});
  });
}

async function checkAdded(world: World): Promise<void> {
  const { report, api, cluster } = world;
  await report.check(
    "a pod without a hook gets a sleep of 10 s and a grace of 40 s, and its maker is told",
    async () => {
      const { status, body, warnings } = await api.post(PODS, pod("web", HOOKLESS_SPEC));
      assert.equal(status, 201, body.message);
      assert.deepEqual(body.spec.containers[0].lifecycle, { preStop: { sleep: { seconds: 10 } } });
      assert.equal(body.spec.terminationGracePeriodSeconds, 40);
      assert.ok(body.metadata.annotations[INJECTED]);
      assert.deepEqual(warnings, [WARNING]);
    },
  );
  await report.check(
    "kubectl run --dry-run=server -o yaml shows what would be added, and nothing is stored",
    async () => {
      const run = ["run", "dry", "--image=nginx:1.29", "-n", "injected", "--dry-run=server", "-o", "yaml"];
      const { code, stdout, stderr } = await cluster.kubectl(...run);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /preStop:\n\s+sleep:\n\s+seconds: 10\n/);
      assert.match(stdout, /terminationGracePeriodSeconds: 40\n/);
      assert.equal((await api.get(`${PODS}/dry`)).status, 404);
    },
  );
  await report.check("the patch and what it did are in the audit log", async () => {
    const [event] = await cluster.auditEvents("injected", "web");
    assert.match(event?.annotations?.["inject.gracekeeper.dev/sleep-added"] ?? "", /\[sleep-added\]$/);
  });
  await report.check("a pod that a controller makes is injected without a warning", async () => {
    const owned = pod("owned", HOOKLESS_SPEC, madeBy("apps/v1", "ReplicaSet", "web"));
    const { status, body, warnings } = await api.post(PODS, owned);
    assert.deepEqual([status, warnings], [201, []], body.message);
    assert.equal(body.spec.terminationGracePeriodSeconds, 40);
  });
  await report.check("enforce and inject together: what is added passes our own judgement", async () => {
    const { status, body } = await api.post("/api/v1/namespaces/both/pods", pod("web", HOOKLESS_SPEC));
    assert.equal(status, 201, body.message);
    assert.equal(body.spec.terminationGracePeriodSeconds, 40);
  });
  await report.check("another webhook adds a container after us: called again, it gets its sleep too", () =>
    checkReinvocation(world),
  );
}

/** Before 1.30 the sleep would make the pod invalid. */
async function checkNothingAdded({ report, api, cluster, minor }: World): Promise<void> {
  await report.check(
    `1.${minor} has no sleep action: nothing is added, and the audit log says why`,
    async () => {
      const { status, body, warnings } = await api.post(PODS, pod("web", HOOKLESS_SPEC));
      assert.deepEqual([status, warnings, body.spec.terminationGracePeriodSeconds], [201, [], 30]);
      assert.equal(body.spec.containers[0].lifecycle, undefined);
      const [event] = await cluster.auditEvents("injected", "web");
      assert.match(event?.annotations?.["inject.gracekeeper.dev/skipped"] ?? "", /has no sleep action/);
    },
  );
}

interface LeftAlone {
  readonly why: string;
  readonly object: KubernetesObject;
}

const LEFT_ALONE: readonly LeftAlone[] = [
  { why: "has a hook", object: pod("hooked", FITTING_SPEC) },
  { why: "runs to completion", object: pod("once", { ...HOOKLESS_SPEC, restartPolicy: "Never" }) },
  { why: "belongs to a Job", object: pod("job", HOOKLESS_SPEC, madeBy("batch/v1", "Job", "once")) },
  {
    why: "belongs to a DaemonSet",
    object: pod("daemon", HOOKLESS_SPEC, madeBy("apps/v1", "DaemonSet", "agent")),
  },
  { why: "has grace 0", object: pod("zero", { ...HOOKLESS_SPEC, terminationGracePeriodSeconds: 0 }) },
  {
    why: "has only a mesh proxy without a hook",
    object: pod("mesh", {
      containers: [...FITTING_SPEC["containers"], { name: "istio-proxy", image: "istio/proxyv2" }],
    }),
  },
];

async function checkLeftAlone(world: World): Promise<void> {
  const { report, api, cluster } = world;
  for (const { why, object } of LEFT_ALONE) {
    await report.check(`a pod that ${why} is left alone, with the reason in the audit log`, async () => {
      const { status, body, warnings } = await api.post(PODS, object);
      assert.deepEqual([status, warnings], [201, []], body.message);
      assert.equal(body.metadata.annotations?.[INJECTED], undefined);
      assert.equal(
        body.spec.terminationGracePeriodSeconds,
        object["spec"].terminationGracePeriodSeconds ?? 30,
      );
      const [event] = await cluster.auditEvents("injected", object["metadata"].name);
      assert.ok(event?.annotations?.["inject.gracekeeper.dev/skipped"], JSON.stringify(event?.annotations));
    });
  }
  await report.check(
    "a pod with the label gracekeeper.dev/inject: disabled is not even looked at",
    async () => {
      const object = pod("out", HOOKLESS_SPEC, { labels: { "gracekeeper.dev/inject": "disabled" } });
      const calls = await callsDuring(world, async () => {
        const { status, body } = await api.post(PODS, object);
        assert.equal(status, 201, body.message);
        assert.equal(body.spec.terminationGracePeriodSeconds, 30);
      });
      assert.deepEqual(calls, {});
    },
  );
}

async function checkReinvocation(world: World): Promise<void> {
  const injector = await installSecondInjector(world.api);
  try {
    // The API server takes a moment to see the new configuration.
    let containers: KubernetesObject[] = [];
    for (let tries = 0; tries < 60 && containers.length < 2; tries++) {
      let body: KubernetesObject = {};
      const calls = await callsDuring(world, async () => {
        body = (await world.api.post(`${PODS}?dryRun=All`, pod("meshed", HOOKLESS_SPEC))).body;
      });
      containers = body["spec"].containers;
      if (containers.length < 2) continue;
      assert.equal(calls["inject.gracekeeper.dev"], 2, "called once more after the other webhook");
      assert.equal(body["spec"].terminationGracePeriodSeconds, 40, "the grace is raised once, not twice");
    }
    const hooks = containers.map(({ name, lifecycle }) => [name, lifecycle?.preStop]);
    const sleep = { sleep: { seconds: 10 } };
    assert.deepEqual(hooks, [
      ["web", sleep],
      ["added-later", sleep],
    ]);
  } finally {
    await injector.remove();
  }
}
