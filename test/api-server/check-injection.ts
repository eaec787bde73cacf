import assert from "node:assert/strict";
import { ALL_KINDS } from "./kinds.ts";
import { FITTING_SPEC, HOOKLESS_SPEC, type KubernetesObject, madeBy, pod } from "./objects.ts";
import { addedHook, callsDuring, type World } from "./world.ts";

const INJECTED = "gracekeeper.dev/injected";
const WARNING =
  'container "web": added preStop sleep 10s, grace 40s (30 + 10 added); opt out with pod label ' +
  "gracekeeper.dev/inject: disabled [sleep-added]";

/** Injection with the current configuration, in an empty namespace where it is enabled. */
export async function checkInjection(world: World, namespace: string): Promise<void> {
  const { report, api, adds } = world;
  report.section(`Injection (${adds === undefined ? "nothing is added" : `adds ${adds}`})`);
  await (adds === undefined ? checkNothingAdded(world, namespace) : checkAdded(world, namespace));
  await checkLeftAlone(world, namespace);
  await report.check("the mutating webhook is called for no kind but Pod", async () => {
    const calls = await callsDuring(world, async () => {
      for (const { kind, path, make } of ALL_KINDS) {
        if (kind === "Pod") continue;
        const { status, body } = await api.post(`${path(namespace)}?dryRun=All`, make("web", HOOKLESS_SPEC));
        assert.equal(status, 201, body.message);
      }
    });
    assert.deepEqual(calls, {});
  });
}

function podsOf(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

async function checkAdded(world: World, namespace: string): Promise<void> {
  const { report, api, cluster, adds } = world;
  const pods = podsOf(namespace);
  await report.check(
    "a pod without a hook gets a sleep of 10 s and a grace of 40 s, and its creator gets a warning",
    async () => {
      const { status, body, warnings } = await api.post(pods, pod("web", HOOKLESS_SPEC));
      assert.equal(status, 201, body.message);
      assert.deepEqual(body.spec.containers[0].lifecycle, addedHook(adds, 10));
      assert.equal(body.spec.terminationGracePeriodSeconds, 40);
      assert.ok(body.metadata.annotations[INJECTED]);
      assert.deepEqual(warnings, [WARNING]);
    },
  );
  await report.check(
    "kubectl run --dry-run=server -o yaml shows what would be added, and nothing is stored",
    async () => {
      const run = ["run", "dry", "--image=nginx:1.29", "-n", namespace, "--dry-run=server", "-o", "yaml"];
      const { code, stdout, stderr } = await cluster.kubectl(...run);
      assert.equal(code, 0, stderr);
      const hook = adds === "exec" ? /preStop:\n\s+exec:\n\s+command:\n\s+- sleep\n\s+- "10"\n/ : NATIVE;
      assert.match(stdout, hook);
      assert.match(stdout, /terminationGracePeriodSeconds: 40\n/);
      assert.equal((await api.get(`${pods}/dry`)).status, 404);
    },
  );
  await report.check("the audit log has the injection", async () => {
    const [event] = await cluster.auditEvents(namespace, "web");
    assert.match(event?.annotations?.["inject.gracekeeper.dev/sleep-added"] ?? "", /\[sleep-added\]$/);
  });
  await report.check("a pod that a controller makes is injected without a warning", async () => {
    const owned = pod("owned", HOOKLESS_SPEC, madeBy("apps/v1", "ReplicaSet", "web"));
    const { status, body, warnings } = await api.post(pods, owned);
    assert.deepEqual([status, warnings], [201, []], body.message);
    assert.equal(body.spec.terminationGracePeriodSeconds, 40);
  });
  await report.check("with enforce and inject, an injected pod is not denied", async () => {
    const { status, body } = await api.post(podsOf("both"), pod(namespace, HOOKLESS_SPEC));
    assert.equal(status, 201, body.message);
    assert.equal(body.spec.terminationGracePeriodSeconds, 40);
  });
}

const NATIVE = /preStop:\n\s+sleep:\n\s+seconds: 10\n/;

/**
 * `sleepAction: Auto` adds nothing before 1.33. Before 1.30 the API server refuses a sleep action; before 1.33 a node
 * may be too old to run it.
 */
async function checkNothingAdded({ report, api, cluster, minor }: World, namespace: string): Promise<void> {
  const why = minor < 30 ? /^sleep-action: (?!.*Native)/ : /^sleep-action: .*sleepAction: Native/;
  await report.check(
    `1.${minor}, sleepAction: Auto, whatever kubernetesVersion says: nothing is added, and the audit log says why`,
    async () => {
      const { status, body, warnings } = await api.post(podsOf(namespace), pod("web", HOOKLESS_SPEC));
      assert.deepEqual([status, warnings, body.spec.terminationGracePeriodSeconds], [201, [], 30]);
      assert.equal(body.spec.containers[0].lifecycle, undefined);
      const [event] = await cluster.auditEvents(namespace, "web");
      assert.match(event?.annotations?.["inject.gracekeeper.dev/skipped"] ?? "", why);
    },
  );
  if (minor >= 30) return;
  await report.check(
    "the API server refuses a sleep action that the pod itself has, and our warning says why",
    async () => {
      const own = { containers: [{ name: "web", image: "nginx:1.29", lifecycle: addedHook("sleep", 5) }] };
      const { status, warnings } = await api.post(podsOf(namespace), pod("own-sleep", own));
      assert.equal(status, 422);
      assert.match(warnings.join("\n"), /1\.29.*preStop\.sleep.*\[sleep-unsupported\]$/);
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

async function checkLeftAlone(world: World, namespace: string): Promise<void> {
  const { report, api, cluster } = world;
  for (const { why, object } of LEFT_ALONE) {
    await report.check(`a pod that ${why} stays unchanged, and the audit log has the reason`, async () => {
      const { status, body, warnings } = await api.post(podsOf(namespace), object);
      assert.deepEqual([status, warnings], [201, []], body.message);
      assert.equal(body.metadata.annotations?.[INJECTED], undefined);
      assert.equal(
        body.spec.terminationGracePeriodSeconds,
        object["spec"].terminationGracePeriodSeconds ?? 30,
      );
      const [event] = await cluster.auditEvents(namespace, object["metadata"].name);
      assert.ok(event?.annotations?.["inject.gracekeeper.dev/skipped"], JSON.stringify(event?.annotations));
    });
  }
  await report.check(
    "the mutating webhook is not called for a pod with the label gracekeeper.dev/inject: disabled",
    async () => {
      const object = pod("out", HOOKLESS_SPEC, { labels: { "gracekeeper.dev/inject": "disabled" } });
      const calls = await callsDuring(world, async () => {
        const { status, body } = await api.post(podsOf(namespace), object);
        assert.equal(status, 201, body.message);
        assert.equal(body.spec.terminationGracePeriodSeconds, 30);
      });
      assert.deepEqual(calls, {});
    },
  );
}
