import assert from "node:assert/strict";
import { FITTING_SPEC, KINDS, pod, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

const NAMESPACE = "living";
const ours = (path: string, name: string) => `${path}/${name}`;

/**
 * Objects that were there before anybody enforced anything, and would be denied today. Whatever is done to them must
 * work, and must not even reach the webhook, unless it changes the pod template.
 */
export async function checkLiving(world: World): Promise<void> {
  const { report, api } = world;
  report.section("Objects that were there before (namespace switched to enforce afterwards)");
  await prepare(world);
  const quiet = async (act: () => Promise<unknown>) => assert.deepEqual(await callsDuring(world, act), {});
  const patched = async (path: string, body: unknown) => {
    const { status, body: answer } = await api.patch(path, body);
    assert.equal(status, 200, answer.message);
  };
  for (const { kind, path, change, changeTemplate } of KINDS) {
    const object = ours(path(NAMESPACE), "web");
    await report.check(`${kind}: label, finalizer and other fields change without a call`, () =>
      quiet(async () => {
        await patched(object, { metadata: { labels: { touched: "yes" }, annotations: { touched: "yes" } } });
        await patched(object, { metadata: { finalizers: ["example.com/held"] } });
        await patched(object, change);
        await patched(object, { metadata: { finalizers: null } });
      }),
    );
    if (changeTemplate === undefined) continue;
    await report.check(`${kind}: a changed template is looked at, and old faults deny nothing`, async () => {
      const calls = await callsDuring(world, () => patched(object, changeTemplate));
      assert.deepEqual(calls, { "templates.gracekeeper.dev": 1 });
    });
  }
  await checkSubresources(world, quiet, patched);
  await checkUpdates(world);
  await report.check("everything can be deleted without a call, also what waited for a finalizer", () =>
    quiet(async () => {
      for (const { path, kind } of KINDS) {
        const object = ours(path(NAMESPACE), "web");
        await patched(object, { metadata: { finalizers: ["example.com/held"] } });
        const deleted = await api.delete(object, { propagationPolicy: "Background", gracePeriodSeconds: 0 });
        assert.ok(deleted.status < 300, `${kind}: ${deleted.body.message}`);
        await patched(object, { metadata: { finalizers: null } });
        assert.equal((await api.get(object)).status, 404, kind);
      }
    }),
  );
}

async function prepare({ api }: World): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
  await api.post("/api/v1/namespaces", namespace);
  for (const { path, make } of KINDS) {
    const { status, body } = await api.post(path(NAMESPACE), make("web", VIOLATING_SPEC));
    assert.equal(status, 201, body.message);
  }
  await api.post(`/api/v1/namespaces/${NAMESPACE}/pods`, pod("evicted", VIOLATING_SPEC));
  await api.patch(`/api/v1/namespaces/${NAMESPACE}`, {
    metadata: { labels: { "gracekeeper.dev/validate": "enforce", "gracekeeper.dev/inject": "enabled" } },
  });
}

async function checkSubresources(
  { report, cluster, api }: World,
  quiet: (act: () => Promise<unknown>) => Promise<void>,
  patched: (path: string, body: unknown) => Promise<void>,
): Promise<void> {
  const apps = `/apis/apps/v1/namespaces/${NAMESPACE}`;
  const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;
  const kubectl = async (...args: string[]) => {
    const { code, stderr } = await cluster.kubectl("-n", NAMESPACE, ...args);
    assert.deepEqual([code, stderr], [0, ""]);
  };
  await report.check("kubectl scale of a violating Deployment, StatefulSet and ReplicaSet: no call", () =>
    quiet(async () => {
      for (const kind of ["deployment", "statefulset", "replicaset"])
        await kubectl("scale", kind, "web", "--replicas=5");
    }),
  );
  await report.check("kubectl label of a violating Deployment and pod: no call", () =>
    quiet(async () => {
      for (const kind of ["deployment", "pod"]) await kubectl("label", kind, "web", "team=payments");
    }),
  );
  await report.check("a status update of a violating Deployment and pod: no call", () =>
    quiet(async () => {
      await patched(`${apps}/deployments/web/status`, { status: { observedGeneration: 1 } });
      await patched(`${pods}/web/status`, { status: { message: "seen" } });
    }),
  );
  await report.check("an eviction of a violating pod: no call", () =>
    quiet(async () => {
      const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "evicted" } };
      const { status, body } = await api.post(`${pods}/evicted/eviction`, eviction);
      assert.equal(status, 201, body.message);
    }),
  );
  await report.check("an ephemeral container for a violating pod (kubectl debug): no call", () =>
    quiet(() =>
      patched(`${pods}/web/ephemeralcontainers`, {
        spec: {
          ephemeralContainers: [{ name: "debug", image: "busybox", terminationMessagePolicy: "File" }],
        },
      }),
    ),
  );
}

async function checkUpdates(world: World): Promise<void> {
  const { report, cluster, api } = world;
  const deployment = KINDS.find(({ kind }) => kind === "Deployment");
  assert.ok(deployment);
  const path = deployment.path(NAMESPACE);
  const template = (spec: unknown) => ({ spec: { template: { spec } } });
  await report.check("kubectl rollout restart of a violating Deployment works and says nothing", async () => {
    const { code, stderr } = await cluster.kubectl(
      "-n",
      NAMESPACE,
      "rollout",
      "restart",
      "deployment",
      "web",
    );
    assert.deepEqual([code, stderr], [0, ""]);
  });
  await report.check(
    "an update that brings a new fault is warned of, and one that mends it is not",
    async () => {
      await api.post(path, deployment.make("other", FITTING_SPEC));
      const worse = await api.patch(`${path}/other`, template(VIOLATING_SPEC));
      assert.equal(worse.status, 200, worse.body.message);
      assert.equal(worse.warnings.length, 1);
      assert.match(worse.warnings[0] ?? "", /^pods will be rejected: .*\[hook-over-grace\]$/);
      const mended = await api.patch(`${path}/other`, template(FITTING_SPEC));
      assert.deepEqual([mended.status, mended.warnings], [200, []]);
    },
  );
  await report.check("server-side apply counts as the create or update that it is", async () => {
    const object = deployment.make("applied", VIOLATING_SPEC);
    const apply = () =>
      api.patch(`${path}/applied?fieldManager=check&force=true`, object, "application/apply-patch+yaml");
    const created = await apply();
    assert.deepEqual([created.status, created.warnings.length], [201, 1], created.body.message);
    assert.deepEqual(await callsDuring(world, apply), {});
  });
}
