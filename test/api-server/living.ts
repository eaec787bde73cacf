import assert from "node:assert/strict";
import type { Answer, Api } from "./api.ts";
import { ALL_KINDS, type Kind } from "./kinds.ts";
import { BOTH_LABELS, type KubernetesObject, pod, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

/**
 * An operation of people, controllers or nodes on an existing object. The operation must succeed, whatever findings the
 * object has.
 */
export interface Deed {
  readonly name: string;
  /** The number of calls that the operation causes, by webhook entry. */
  readonly calls: Readonly<Record<string, number>>;
  readonly act: (namespace: string) => Promise<void>;
}

const NONE = {};
const TEMPLATES = { "templates.gracekeeper.dev": 1 };
const MARK = { metadata: { annotations: { marked: "yes" } } };

/** The first minor version that serves pods/resize by default (InPlacePodVerticalScaling beta). */
const RESIZE = 33;

/** A namespace with a violating object of every kind, made before enforcement. */
export async function makeLiving(api: Api, namespace: string): Promise<void> {
  await api.makeNamespace({ name: namespace });
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const [web] = VIOLATING_SPEC["containers"];
  const sized = { ...VIOLATING_SPEC, containers: [{ ...web, resources: { requests: { cpu: "10m" } } }] };
  const made = [
    ...ALL_KINDS.map(({ path, make }) => api.post(path(namespace), make("web", VIOLATING_SPEC))),
    api.post(pods, pod("evicted", VIOLATING_SPEC)),
    api.post(pods, pod("sized", sized)),
  ];
  for (const { status, body } of await Promise.all(made)) assert.equal(status, 201, body.message);
  const labelled = await api.patch(`/api/v1/namespaces/${namespace}`, {
    metadata: { labels: BOTH_LABELS },
  });
  assert.equal(labelled.status, 200, labelled.body.message);
}

/** All operations on the violating objects. Deletions come last, because other operations need the objects. */
function deeds(world: World): readonly Deed[] {
  return [
    ...ALL_KINDS.flatMap((kind) => changes(kind, world)),
    ...subresources(world),
    ...ALL_KINDS.map((kind) => deletion(kind, world)),
  ];
}

export interface Done {
  readonly deed: Deed;
  readonly calls: Readonly<Record<string, number>>;
  /** The error of the operation; empty if it succeeded. */
  readonly fault: string;
}

/** Runs all operations, even after errors. */
export async function doAll(world: World, namespace: string): Promise<readonly Done[]> {
  const done: Done[] = [];
  for (const deed of deeds(world)) {
    let fault = "";
    const calls = await callsDuring(world, () =>
      deed.act(namespace).catch((error: Error) => {
        fault = error.message;
      }),
    );
    done.push({ deed, calls, fault });
  }
  return done;
}

function changes({ kind, path, change, changeTemplate, custom }: Kind, { api }: World): readonly Deed[] {
  const patch = (body: unknown) => async (namespace: string) =>
    succeeds(api.patch(`${path(namespace)}/web`, body));
  const held = patch({ metadata: { finalizers: ["example.com/held"] } });
  const freed = patch({ metadata: { finalizers: null } });
  const marked = patch({ metadata: { labels: { touched: "yes" }, annotations: { touched: "yes" } } });
  return [
    { name: `${kind}: label and annotation`, calls: NONE, act: marked },
    {
      name: `${kind}: finalizer put on and taken off`,
      calls: NONE,
      act: async (namespace) => {
        await held(namespace);
        await freed(namespace);
      },
    },
    { name: `${kind}: fields beside the template`, calls: custom ? TEMPLATES : NONE, act: patch(change) },
    ...(changeTemplate === undefined
      ? []
      : [
          {
            name: `${kind}: another annotation in the template`,
            calls: TEMPLATES,
            act: patch(changeTemplate(MARK)),
          },
        ]),
  ];
}

function subresources({ api, cluster, minor }: World): readonly Deed[] {
  const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
  const patch = (path: (namespace: string) => string, body: unknown, type?: string) => (namespace: string) =>
    succeeds(api.patch(path(namespace), body, type));
  const kubectl = (name: string, ...args: readonly string[]): Deed => ({
    name: `kubectl ${name}`,
    calls: NONE,
    act: async (namespace) => {
      const { code, stderr } = await cluster.kubectl("-n", namespace, ...args);
      assert.deepEqual([code, stderr], [0, ""]);
    },
  });
  const quiet = (name: string, act: Deed["act"]): Deed => ({ name, calls: NONE, act });
  const deployment = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/web`;
  const rollout = (namespace: string) => `/apis/argoproj.io/v1alpha1/namespaces/${namespace}/rollouts/web`;
  const more = [{ name: "web", resources: { requests: { cpu: "20m" } } }];
  const debug = { ephemeralContainers: [{ name: "debug", image: "busybox" }] };
  return [
    ...["deployment", "statefulset", "replicaset", "rollout"].map((kind) =>
      kubectl(`scale ${kind}`, "scale", kind, "web", "--replicas=5"),
    ),
    kubectl("label pod", "label", "pod", "web", "team=payments"),
    quiet(
      "status of a Deployment",
      patch((one) => `${deployment(one)}/status`, { status: { observedGeneration: 1 } }),
    ),
    quiet(
      "status of a Rollout",
      patch((one) => `${rollout(one)}/status`, { status: { phase: "Healthy" } }),
    ),
    quiet(
      "status of a pod",
      patch((one) => `${pods(one)}/web/status`, { status: { message: "seen" } }),
    ),
    quiet("eviction of a pod", (namespace) =>
      succeeds(
        api.post(`${pods(namespace)}/evicted/eviction`, {
          apiVersion: "policy/v1",
          kind: "Eviction",
          metadata: { name: "evicted" },
        }),
      ),
    ),
    quiet(
      "ephemeral container in a pod (kubectl debug)",
      patch((one) => `${pods(one)}/web/ephemeralcontainers`, { spec: debug }, STRATEGIC),
    ),
    ...(minor < RESIZE
      ? []
      : [
          quiet(
            "resize of a pod",
            patch((one) => `${pods(one)}/sized/resize`, { spec: { containers: more } }, STRATEGIC),
          ),
        ]),
  ];
}

const STRATEGIC = "application/strategic-merge-patch+json";

function deletion({ kind, path }: Kind, { api }: World): Deed {
  return {
    name: `${kind}: deleted, though a finalizer held it for a while`,
    calls: NONE,
    act: async (namespace) => {
      const object = `${path(namespace)}/web`;
      await succeeds(api.patch(object, { metadata: { finalizers: ["example.com/held"] } }));
      await succeeds(api.delete(object, { propagationPolicy: "Background", gracePeriodSeconds: 0 }));
      await succeeds(api.patch(object, { metadata: { finalizers: null } }));
      assert.equal((await api.get(object)).status, 404);
    },
  };
}

/** Checks that the API server accepts a request without a warning. */
async function succeeds(answer: Promise<Answer>): Promise<void> {
  const { status, body, warnings } = await answer;
  assert.ok(status < 300, `${status} ${(body as KubernetesObject)["message"]}`);
  assert.deepEqual(warnings, []);
}
