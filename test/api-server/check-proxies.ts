import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { KubernetesObject } from "./objects.ts";
import type { World } from "./world.ts";

/** The shipped configuration with `inject.besideProxies: Skip`: pods with a proxy that stops first get no sleep. */
export function besideProxies(shipped: string): string {
  const text = shipped.replace("besideProxies: Add", "besideProxies: Skip");
  assert.notEqual(text, shipped);
  return text;
}

const INJECT = { "gracekeeper.dev/inject": "enabled" };
const NAMESPACE = "meshed";

/** With `inject.besideProxies: Skip`, a pod with the label of a mesh gets no sleep, even before its proxy is added. */
export async function checkProxies({ report, api, cluster, adds }: World): Promise<void> {
  if (adds === undefined) return;
  report.section("Proxies that stop first");
  const metadata = { name: NAMESPACE, labels: INJECT };
  await api.makeNamespace(metadata);
  const run = async (...more: readonly string[]): Promise<KubernetesObject> => {
    const { code, stdout, stderr } = await cluster.kubectl(
      ...["run", "web", "--image=nginx:1.29", "-n", NAMESPACE, "--dry-run=server", "-o", "json", ...more],
    );
    assert.equal(code, 0, stderr);
    return { ...JSON.parse(stdout), stderr };
  };
  const isAdded = ({ metadata }: KubernetesObject): boolean =>
    metadata["annotations"]?.["gracekeeper.dev/injected"] !== undefined;
  await report.check("a pod that announces no proxy gets a sleep", async () => {
    assert.ok(isAdded(await run()));
  });
  await report.check("a pod with the label of Istio gets no sleep, and kubectl prints nothing", async () => {
    const pod = await run("--labels=sidecar.istio.io/inject=true");
    assert.deepEqual([isAdded(pod), pod["stderr"]], [false, ""]);
  });
  await report.check(
    "pods in a namespace with the label of Istio get no sleep once gracekeeper has seen the label",
    async () => {
      const { status } = await api.patch(`/api/v1/namespaces/${NAMESPACE}`, {
        metadata: { labels: { "istio-injection": "enabled" } },
      });
      assert.equal(status, 200);
      for (let tries = 0; isAdded(await run()); tries++) {
        assert.ok(tries < 20, "the label is not heard of");
        await wait(250);
      }
      assert.ok(isAdded(await run("--labels=sidecar.istio.io/inject=false")), "a pod that refuses the proxy");
    },
  );
}
