import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { Answer } from "./api.ts";
import { ruleOf } from "./golden.ts";
import {
  BOTH_LABELS,
  FITTING_SPEC,
  HOOKLESS_SPEC,
  KNOWN_MISSPELT,
  type KubernetesObject,
  pod,
} from "./objects.ts";
import { addedHook, type World } from "./world.ts";

const NAMESPACE = "valued";
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`;
const OURS = "gracekeeper.dev";

/** A new label or annotation of a namespace must take effect within this time. */
const SECONDS = 15;

/** Labels and annotations of a namespace, and how soon they take effect. */
export async function checkNamespaces(world: World): Promise<void> {
  const { report, api } = world;
  report.section("Values on namespaces");
  await api.makeNamespace({ name: NAMESPACE, labels: BOTH_LABELS });
  await checkValues(world);
  await checkWrites(world);
}

async function checkValues({ report, api, adds }: World): Promise<void> {
  const annotate = async (key: string, value: string | null) => {
    const { status, body } = await api.patch(`/api/v1/namespaces/${NAMESPACE}`, {
      metadata: { annotations: { [`${OURS}/${key}`]: value } },
    });
    assert.equal(status, 200, body.message);
  };
  const cases: readonly [string, string, KubernetesObject, (answer: Answer) => boolean][] = [
    [
      "max-grace-seconds",
      "100",
      { ...FITTING_SPEC, terminationGracePeriodSeconds: 200 },
      denies("grace-over-limit", "100"),
    ],
    ["shutdown-seconds", "28", FITTING_SPEC, denies("shutdown-too-short", "28s")],
    [
      "prestop-sleep-seconds",
      "7",
      HOOKLESS_SPEC,
      ({ status, body }) =>
        status === 201 &&
        body.spec.terminationGracePeriodSeconds === 37 &&
        JSON.stringify(body.spec.containers[0].lifecycle) === JSON.stringify(addedHook(adds, 7)),
    ],
  ];
  for (const [key, value, spec, holds] of cases) {
    await report.check(
      `${key}: ${value} takes effect within ${SECONDS} s, and so does its removal`,
      async () => {
        const create = () => api.post(PODS, pod("valued", spec));
        assert.ok(!holds(await create()), "it counts before it is written");
        await annotate(key, value);
        const came = await within(SECONDS, async () => holds(await create()));
        await annotate(key, null);
        const went = await within(SECONDS, async () => !holds(await create()));
        return `after ${came} s, gone after ${went} s`;
      },
    );
  }
  await report.check("a value on the pod overrides the namespace's value, but not its limit", async () => {
    await annotate("shutdown-seconds", "28");
    await annotate("max-grace-seconds", "100");
    const own = { annotations: { [`${OURS}/shutdown-seconds`]: "12" } };
    const above = { ...FITTING_SPEC, terminationGracePeriodSeconds: 200 };
    await within(SECONDS, async () => (await api.post(PODS, pod("above", above, own))).status === 403);
    await within(SECONDS, async () => (await api.post(PODS, pod("without", FITTING_SPEC))).status === 403);
    const { status, warnings } = await api.post(PODS, pod("own", FITTING_SPEC, own));
    assert.deepEqual([status, warnings], [201, []]);
    await annotate("shutdown-seconds", null);
    await annotate("max-grace-seconds", null);
  });
}

async function checkWrites({ report, cluster, api }: World): Promise<void> {
  const kubectl = (...args: readonly string[]) => cluster.kubectl(...args);
  const denied = async (why: RegExp, ...args: readonly string[]) => {
    const { code, stderr } = await kubectl(...args);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      /^Error from server \(Forbidden\): .*denied the request: .*\[bad-namespace-value\]\n$/,
    );
    assert.match(stderr, why);
  };
  await report.check("writing an invalid annotation value is denied", async () => {
    const annotate = ["annotate", "namespace", NAMESPACE];
    for (const value of ["ten", "", "-1", "1.5", "1e3", "999999999999999999999"]) {
      for (const key of ["max-grace-seconds", "shutdown-seconds", "prestop-sleep-seconds"])
        await denied(new RegExp(key), ...annotate, `${OURS}/${key}=${value}`);
    }
  });
  await report.check("writing an invalid label value is denied", async () => {
    const label = ["label", "namespace", NAMESPACE, "--overwrite"];
    await denied(/"enforce"/, ...label, `${OURS}/validate=enfroce`);
    await denied(/"enabled"/, ...label, `${OURS}/inject=enable`);
    const made = {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "new", labels: { [`${OURS}/inject`]: "on" } },
    };
    const { status, body } = await api.post("/api/v1/namespaces", made);
    assert.deepEqual([status, body.reason], [403, "Forbidden"], body.message);
  });
  await report.check("an invalid label from before the installation is allowed, with a warning", async () => {
    const { code, stderr } = await kubectl(
      "annotate",
      "namespace",
      KNOWN_MISSPELT,
      `${OURS}/shutdown-seconds=20`,
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Warning: .*gracekeeper\.dev\/validate.*"enfroce".*\[bad-namespace-value\]\n$/);
    const other = await kubectl("label", "namespace", KNOWN_MISSPELT, "team=shop");
    assert.deepEqual([other.code, other.stderr], [0, ""]);
    await denied(/"enfore"/, "label", "namespace", KNOWN_MISSPELT, "--overwrite", `${OURS}/validate=enfore`);
  });
  await report.check(
    "changes of other labels, annotations and finalizers of a namespace get no answer from gracekeeper",
    async () => {
      for (const body of [
        { metadata: { labels: { team: "shop" }, annotations: { note: "x" } } },
        { metadata: { finalizers: ["example.com/held"] } },
        { metadata: { finalizers: null } },
      ]) {
        const { status, warnings } = await api.patch(`/api/v1/namespaces/${NAMESPACE}`, body);
        assert.deepEqual([status, warnings], [200, []]);
      }
    },
  );
}

function denies(rule: string, value: string): (answer: Answer) => boolean {
  return ({ status, body: { message } }) =>
    status === 403 && ruleOf(message) === rule && message.includes(value);
}

/** Waits until `holds` returns true, and returns the seconds that passed. Fails after `seconds`. */
async function within(seconds: number, holds: () => Promise<boolean>): Promise<string> {
  const start = performance.now();
  const since = () => (performance.now() - start) / 1000;
  while (!(await holds())) {
    assert.ok(since() < seconds, `not within ${seconds} s`);
    await wait(100);
  }
  return since().toFixed(1);
}
