import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { HOOKLESS_SPEC, type KubernetesObject, madeBy, pod } from "./objects.ts";
import { addedHook, type World } from "./world.ts";

const SERVER_SIDE = "--server-side";
const TIMES = [1, 2, 3];
const SKIPPED = "inject.gracekeeper.dev/skipped";

/** An operator that gracekeeper does not know. */
const OPERATOR = ["kafka.banzaicloud.io/v1beta1", "KafkaCluster"] as const;

/** Pods that are declared repeatedly: by a person with `kubectl apply`, or by an operator. */
export async function checkApplied(world: World, namespace: string): Promise<void> {
  const { report, adds } = world;
  if (adds === undefined) return;
  report.section(`Pods that are declared again (adds ${adds})`);
  for (const flags of [[], [SERVER_SIDE]]) await checkBarePod(world, namespace, flags);
  await checkCreated(world, namespace);
  await checkOperators(world, namespace);
  await checkGraceZero(world, `zero-${namespace}`);
}

const stated = (grace: number): KubernetesObject => ({
  ...HOOKLESS_SPEC,
  terminationGracePeriodSeconds: grace,
});

/**
 * The reason in the audit log why the pod gets no sleep. `kubectl apply` sends a GET before the create, so not every
 * event has the annotation.
 */
async function skipped({ cluster }: World, namespace: string, name: string): Promise<string> {
  const events = await cluster.auditEvents(namespace, name);
  const created = events.find(({ annotations }) => annotations?.[SKIPPED] !== undefined);
  return created?.annotations?.[SKIPPED] ?? "";
}

/**
 * Applies the object several times and returns each output. Each `kubectl apply` must succeed, and `kubectl diff` must
 * find nothing.
 */
async function applied({ cluster }: World, namespace: string, object: KubernetesObject, flags: string[]) {
  const file = JSON.stringify(object);
  const run = (verb: string) => cluster.kubectlWith(file, verb, "-n", namespace, "-f", "-", ...flags);
  const said: string[] = [];
  for (const time of TIMES) {
    const { code, stdout, stderr } = await run("apply");
    assert.equal(code, 0, `apply ${time}: ${stderr}`);
    said.push(`${stderr}${stdout}`.trim());
  }
  const difference = await run("diff");
  assert.deepEqual([difference.code, difference.stdout], [0, ""], difference.stderr);
  return said;
}

async function checkBarePod(world: World, namespace: string, flags: string[]): Promise<void> {
  const { report, api, adds } = world;
  const [how, suffix] = flags.length === 0 ? ["client-side", "client"] : ["server-side", "server"];
  const get = async (name: string) => (await api.get(`/api/v1/namespaces/${namespace}/pods/${name}`)).body;
  await report.check(
    `a pod with grace 30, applied three times ${how}: gets the sleep, and the grace stays`,
    async () => {
      const name = `stated-${suffix}`;
      const [first, ...others] = await applied(world, namespace, pod(name, stated(30)), flags);
      assert.match(
        first ?? "",
        /^Warning: .*added preStop sleep 10s, grace stays 30s;.*\[sleep-added\]\npod/,
      );
      for (const said of others) assert.match(said, /^pod\/\S+ (unchanged|serverside-applied)$/);
      const { spec } = await get(name);
      assert.equal(spec.terminationGracePeriodSeconds, 30);
      assert.deepEqual(spec.containers[0].lifecycle, addedHook(adds, 10));
      return `${[first, ...others].join(" | ")} | kubectl diff: empty`;
    },
  );
  await report.check(
    `a pod without a grace, applied three times ${how}: the grace is raised to 40`,
    async () => {
      const name = `unstated-${suffix}`;
      const [first] = await applied(world, namespace, pod(name, HOOKLESS_SPEC), flags);
      assert.match(first ?? "", /grace 40s \(30 \+ 10 added\)/);
      assert.equal((await get(name)).spec.terminationGracePeriodSeconds, 40);
    },
  );
  await report.check(
    `a pod with grace 19, applied three times ${how}: stays unchanged, and the audit log says why`,
    async () => {
      const name = `short-${suffix}`;
      const said = await applied(world, namespace, pod(name, stated(19)), flags);
      assert.doesNotMatch(said.join("\n"), /Warning/);
      assert.equal((await get(name)).spec.containers[0].lifecycle, undefined);
      const reason = await skipped(world, namespace, name);
      assert.match(reason, /^applied-grace: /);
      return reason;
    },
  );
}

/** The cases that docs/injection.md names as not covered. */
async function checkCreated({ report, cluster }: World, namespace: string): Promise<void> {
  await report.check(
    "a pod that was created with a grace and is then applied: the API server denies the apply",
    async () => {
      const file = JSON.stringify(pod("created", stated(30)));
      const created = await cluster.kubectlWith(file, "create", "-n", namespace, "-f", "-");
      assert.match(created.stderr, /grace 40s \(30 \+ 10 added\)/);
      const { code, stderr } = await cluster.kubectlWith(file, "apply", "-n", namespace, "-f", "-");
      assert.equal(code, 1);
      assert.match(stderr, /pod updates may not change fields/);
    },
  );
}

async function checkOperators(world: World, namespace: string): Promise<void> {
  const { report, api, gracekeeper } = world;
  const create = (name: string, apiVersion: string, kind: string) =>
    api.post(
      `/api/v1/namespaces/${namespace}/pods`,
      pod(name, HOOKLESS_SPEC, madeBy(apiVersion, kind, "kafka")),
    );
  await report.check(
    "a pod of an unknown operator stays unchanged, and is counted by the operator's kind",
    async () => {
      const before = gracekeeper.decisions.length;
      const { status, body, warnings } = await create("kafka-0", ...OPERATOR);
      assert.deepEqual([status, warnings], [201, []], body.message);
      assert.equal(body.spec.terminationGracePeriodSeconds, 30);
      assert.equal(body.spec.containers[0].lifecycle, undefined);
      const reason = await skipped(world, namespace, "kafka-0");
      assert.match(reason, /^owner-may-compare: the operator of KafkaCluster may replace a changed pod;/);
      const line = () => gracekeeper.decisions.slice(before).find((one) => one.reason === reason);
      for (let tries = 0; tries < 20 && line() === undefined; tries++) await wait(100);
      assert.equal(line()?.owner, "KafkaCluster/kafka");
      const series = 'gracekeeper_injection_skipped_total{reason="owner-may-compare",owner="other"}';
      assert.ok((await gracekeeper.metrics()).includes(series));
      return reason;
    },
  );
  await report.check("a pod of a known operator gets the sleep", async () => {
    for (const [name, apiVersion, kind] of [
      ["pg-1", "postgresql.cnpg.io/v1", "Cluster"],
      ["clone-1", "apps.kruise.io/v1beta1", "CloneSet"],
    ] as const) {
      const { status, body } = await create(name, apiVersion, kind);
      assert.deepEqual([status, body.spec.terminationGracePeriodSeconds], [201, 40], body.message);
    }
  });
}

const ZERO = {
  terminationGracePeriodSeconds: 0,
  containers: [{ name: "web", image: "registry.example.com/web:1", ports: [{ containerPort: 80 }] }],
};

async function checkGraceZero({ report, api, cluster }: World, name: string): Promise<void> {
  const pods = "/api/v1/namespaces/warned/pods";
  await report.check(
    "the API server warns about a grace of 0 in a StatefulSet with ports, but not in a Deployment",
    async () => {
      const texts: string[] = [];
      for (const kind of ["StatefulSet", "Deployment"]) {
        const selector = { matchLabels: { app: name } };
        const template = { metadata: { labels: { app: name } }, spec: ZERO };
        const object = { apiVersion: "apps/v1", kind, metadata: { name }, spec: { selector, template } };
        const dryRun = ["apply", "-n", "warned", "--dry-run=server", "-f", "-"];
        const { stderr } = await cluster.kubectlWith(JSON.stringify(object), ...dryRun);
        texts.push(stderr.trim());
      }
      assert.match(texts[0] ?? "", /^Warning: pod: .*: 0 makes each delete forced, so two .*\[grace-zero\]$/);
      assert.equal(texts[1], "");
      return texts[0] ?? "";
    },
  );
  await report.check(
    "a deleted pod on a node disappears at once with a grace of 0, but not with 30",
    async () => {
      const left: number[] = [];
      for (const grace of [0, 30]) {
        const own = `${name}-${grace}`;
        const made = await api.post(pods, pod(own, { ...stated(grace), nodeName: "node-1" }));
        assert.equal(made.status, 201, made.body.message);
        await api.delete(`${pods}/${own}`);
        left.push((await api.get(`${pods}/${own}`)).status);
      }
      assert.deepEqual(left, [404, 200]);
    },
  );
}
