import assert from "node:assert/strict";
import { generatedPod, randomNumbers } from "./generated-pods.ts";
import type { KubernetesObject } from "./objects.ts";
import { addedHook, inParallel, type World } from "./world.ts";

const PODS = 500;
const SEED = 20_261_121;
const AT_ONCE = 8;

/** At least this many pods must be patched. Fewer patched pods would prove little. */
const LEAST_PATCHED = PODS / 4;

interface Outcome {
  readonly pod: KubernetesObject;
  readonly validWithout: boolean;
  readonly patched: boolean;
  /** The error of the API server for the injected pod; empty if it accepts the pod. */
  readonly refused: string;
  /** The error in the patch itself; empty if there is none. */
  readonly fault: string;
}

export interface Generated {
  readonly pods: number;
  readonly patched: number;
  readonly refusedByPatches: number;
}

/**
 * Creates generated pods in dry runs, without and with injection. A pod that is valid without injection must be valid
 * with injection.
 */
export async function checkGenerated(world: World, namespace: string): Promise<Generated> {
  const { report, adds, cluster } = world;
  const random = randomNumbers(SEED);
  const pods = Array.from({ length: PODS }, (_, index) => generatedPod(random, index));
  const outcomes = await inParallel(pods, AT_ONCE, (pod) => tried(world, pod, namespace));
  const patched = outcomes.filter((one) => one.patched).length;
  const refused = outcomes.filter((one) => one.validWithout && one.refused !== "");
  const faults = outcomes.filter(({ fault }) => fault !== "");

  report.section(
    `Generated pods (seed ${SEED}, ${adds === undefined ? "nothing is added" : `adds ${adds}`})`,
  );
  await report.check("no valid pod is refused because of a patch", () => {
    const [first] = refused;
    assert.equal(refused.length, 0, `${first?.refused}\n${JSON.stringify(first?.pod)}`);
    const valid = outcomes.filter(({ validWithout }) => validWithout).length;
    return `${PODS} pods, ${valid} valid without us, ${patched} patched, 0 refused by patches`;
  });
  await report.check(
    "a patched pod has a sleep in each container without a hook, and keeps all other fields",
    () => {
      const [first] = faults;
      assert.equal(faults.length, 0, `${first?.fault}\n${JSON.stringify(first?.pod)}`);
    },
  );
  await report.check("the audit log has the reason for each pod that stays unchanged", async () => {
    const reasons = (await cluster.auditLog())
      .filter(({ objectRef }) => objectRef?.namespace === namespace)
      .flatMap(({ annotations }) => annotations?.["inject.gracekeeper.dev/skipped"] ?? [])
      .map((reason) => reason.replace(/:.*/, ""));
    const alone = outcomes.filter(({ validWithout, patched }) => validWithout && !patched).length;
    assert.ok(reasons.length >= alone, `${reasons.length} reasons for ${alone} pods`);
    const counts = Map.groupBy(reasons, (reason) => reason);
    return [...counts].map(([reason, all]) => `${reason} ${all.length}`).join(", ");
  });
  await report.check(
    adds === undefined ? "none of them is patched" : "enough are patched to prove something",
    () => {
      if (adds === undefined) assert.equal(patched, 0);
      else assert.ok(patched >= LEAST_PATCHED, `${patched} of ${PODS}`);
    },
  );
  return { pods: PODS, patched, refusedByPatches: refused.length };
}

async function tried({ api, adds }: World, pod: KubernetesObject, namespace: string): Promise<Outcome> {
  const without = await api.post("/api/v1/namespaces/unlabelled/pods?dryRun=All", pod);
  const injected = await api.post(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, pod);
  const validWithout = without.status === 201;
  const refused = injected.status === 201 ? "" : `${injected.status} ${injected.body.message}`;
  const compared = validWithout && refused === "";
  const patched = compared && spec(without.body) !== spec(injected.body);
  const fault = patched ? difference(without.body.spec, injected.body.spec, adds) : "";
  return { pod, validWithout, patched, refused, fault };
}

function spec(pod: KubernetesObject): string {
  return JSON.stringify(pod["spec"]);
}

const NOT_OURS = ["istio-proxy", "linkerd-proxy", "queue-proxy"];

/**
 * Compares a pod spec without and with injection. Returns the difference that injection must not cause; empty if there
 * is none.
 */
function difference(before: KubernetesObject, after: KubernetesObject, adds: World["adds"]): string {
  const expected = structuredClone(before);
  const hook = after["containers"].find(
    (container: KubernetesObject, index: number) =>
      container["lifecycle"]?.preStop && !before["containers"][index].lifecycle?.preStop,
  )?.lifecycle.preStop;
  const sleep = Number(hook?.sleep?.seconds ?? hook?.exec?.command[1]);
  for (const container of expected["containers"]) {
    if (container.lifecycle?.preStop || NOT_OURS.includes(container.name)) continue;
    container.lifecycle = { ...container.lifecycle, ...addedHook(adds, sleep) };
  }
  if (after["terminationGracePeriodSeconds"] < before["terminationGracePeriodSeconds"] + sleep) {
    return `grace ${before["terminationGracePeriodSeconds"]} became ${after["terminationGracePeriodSeconds"]}`;
  }
  expected["terminationGracePeriodSeconds"] = after["terminationGracePeriodSeconds"];
  try {
    assert.deepEqual(after, expected);
    return "";
  } catch (error) {
    return String(error);
  }
}
