import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { BOTH_LABELS, HOOKLESS_SPEC, type KubernetesObject, pod } from "./objects.ts";
import {
  container,
  type Edit,
  grace,
  type Injector,
  installInjectors,
  mesh,
  PROXY,
} from "./other-injectors.ts";
import { addedHook, callsDuring, type World } from "./world.ts";

interface Order {
  readonly name: string;
  readonly before?: Edit;
  readonly after?: Edit;
  /** The containers of the created pod. */
  readonly containers: readonly string[];
  /** How often our webhook is called for one pod. */
  readonly calls: number;
  readonly grace: number;
}

const ORDERS: readonly Order[] = [
  { name: "before", before: container("early"), containers: ["web", "early"], calls: 1, grace: 40 },
  { name: "after", after: container("late"), containers: ["web", "late"], calls: 2, grace: 40 },
  {
    name: "around",
    before: container("early"),
    after: container("late"),
    containers: ["web", "early", "late"],
    calls: 2,
    grace: 40,
  },
  { name: "mesh-before", before: mesh, containers: [PROXY, "web"], calls: 1, grace: 40 },
  { name: "mesh-after", after: mesh, containers: [PROXY, "web"], calls: 2, grace: 40 },
  {
    name: "mesh-around",
    before: mesh,
    after: container("late"),
    containers: [PROXY, "web", "late"],
    calls: 2,
    grace: 40,
  },
  { name: "grace-before", before: grace(50), containers: ["web"], calls: 1, grace: 60 },
  { name: "grace-after", after: grace(60), containers: ["web"], calls: 2, grace: 60 },
];

const STOPS_FIRST =
  'container "istio-proxy": ends after 5s, but the app needs 20s; ' +
  'set metadata.annotations["sidecar.istio.io/nativeSidecar"]: "true" [proxy-stops-first]';

/** Other injectors run before gracekeeper, after gracekeeper, or both. The namespaces are also in enforce mode. */
export async function checkOrder(world: World): Promise<void> {
  const { report, api, adds } = world;
  report.section("Order with other injectors");
  for (const { name } of ORDERS) {
    const metadata = { name: namespaceOf(name), labels: BOTH_LABELS };
    await api.makeNamespace(metadata);
  }
  const injectors = await installInjectors(api, ORDERS.flatMap(injectorsOf));
  try {
    for (const order of ORDERS) {
      const hooked = order.containers.filter((name) => name !== PROXY);
      await report.check(
        `${order.name}: each of ${hooked.join(", ")} has one sleep, the grace is ${order.grace}`,
        async () => {
          const { body, calls, warnings } = await created(order, world);
          const hooks = body["spec"].containers.map(({ name, lifecycle }: KubernetesObject) => [
            name,
            name === PROXY ? lifecycle.preStop : lifecycle,
          ]);
          const added = addedHook(adds, 10);
          assert.deepEqual(
            hooks,
            order.containers.map((name) => [name, name === PROXY ? undefined : added]),
          );
          assert.equal(body["spec"].terminationGracePeriodSeconds, order.grace);
          const first = order.containers.includes(PROXY) ? [STOPS_FIRST] : [];
          assert.deepEqual(
            warnings.filter((text) => !text.endsWith("[sleep-added]")),
            first,
          );
          assert.equal(calls["inject.gracekeeper.dev"], order.calls, "calls");
          assert.equal(calls["validate.gracekeeper.dev"], 1, "the outcome is judged once, and accepted");
        },
      );
    }
    await report.check("kubectl prints what was added, and that the mesh's proxy stops first", async () => {
      const namespace = namespaceOf("mesh-after");
      const run = ["run", "web", "--image=nginx:1.29", "-n", namespace, "--dry-run=server"];
      const { code, stderr } = await world.cluster.kubectl(...run);
      assert.equal(code, 0, stderr);
      const [added, first, ...others] = stderr.trim().split("\n");
      assert.match(
        added ?? "",
        /^Warning: container "web": added preStop sleep 10s, grace 40s .* \[sleep-added\]$/,
      );
      assert.deepEqual([first, others], [`Warning: ${STOPS_FIRST}`, []]);
    });
    await report.check(
      "nothing is added twice if an injected pod is sent again, as by `get -o yaml | create`",
      async () => {
        for (const order of ORDERS) {
          const { body } = await created(order, world);
          const again = await api.post(`${pods(order)}?dryRun=All`, pod("again", body["spec"], copied(body)));
          assert.equal(again.status, 201, again.body.message);
          assert.deepEqual([order.name, again.body.spec], [order.name, body["spec"]]);
        }
      },
    );
  } finally {
    await injectors.remove();
  }
}

function namespaceOf(name: string): string {
  return `order-${name}`;
}

function pods({ name }: Order): string {
  return `/api/v1/namespaces/${namespaceOf(name)}/pods`;
}

function injectorsOf({ name, before, after }: Order): readonly Injector[] {
  const namespace = namespaceOf(name);
  return [
    ...(before === undefined ? [] : [{ namespace, place: "before" as const, edit: before }]),
    ...(after === undefined ? [] : [{ namespace, place: "after" as const, edit: after }]),
  ];
}

function copied({ metadata: { annotations, labels } }: KubernetesObject): KubernetesObject {
  return { annotations, labels };
}

/** Creates the pod, repeatedly if necessary: the API server needs a moment to load the new webhook configurations. */
async function created(order: Order, world: World) {
  for (let tries = 0; ; tries++) {
    let body: KubernetesObject = {};
    let warnings: readonly string[] = [];
    const calls = await callsDuring(world, async () => {
      const answer = await world.api.post(`${pods(order)}?dryRun=All`, pod("web", HOOKLESS_SPEC));
      assert.equal(answer.status, 201, answer.body.message);
      ({ body, warnings } = answer);
    });
    const others = Object.keys(calls).filter((name) => name.endsWith(".example.com")).length;
    if (others === injectorsOf(order).length) return { body, calls, warnings };
    assert.ok(tries < 60, "the other injectors are not called");
    await wait(250);
  }
}
