import assert from "node:assert/strict";
import { createsDuring } from "./load.ts";
import { CONFIGURATIONS, WEBHOOKS, type World } from "./world.ts";

/** The kinds whose objects lie outside our namespace. Objects in our namespace are deleted with the namespace. */
const KINDS = [
  ...CONFIGURATIONS.map((kind) => `${WEBHOOKS}/${kind}`),
  "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
];

const PART_OF = "?labelSelector=app.kubernetes.io%2Fpart-of%3Dgracekeeper";

/** gracekeeper can be removed when all replicas are down and every entry has `failurePolicy: Fail`. */
export async function checkRemoval(world: World): Promise<void> {
  const { report, api, cluster, checkout, replicas } = world;
  report.section("Uninstalling with every server dead, failurePolicy Fail");
  await replicas.stop();
  await checkout.choose();
  await checkout.run("kubectl apply -k install");
  await report.check("no pod can be created until the webhook configurations are deleted", async () => {
    const { sent, failed } = await createsDuring(api, 1, async () => {});
    assert.equal(failed.length, sent, "the policy is Fail");
    for (const kind of ["validatingwebhookconfiguration", "mutatingwebhookconfiguration"]) {
      const { code, stderr } = await cluster.kubectl("delete", kind, "gracekeeper");
      assert.equal(code, 0, stderr);
    }
    await createsDuring(api, 1, () => new Promise((resolve) => setTimeout(resolve, 1000)));
    const after = await createsDuring(api, 1, async () => {});
    assert.deepEqual(after.failed, []);
  });
  await report.check("kubectl delete -k install leaves nothing behind", async () => {
    // `--wait=false`: this cluster has no namespace controller, so the namespace would never disappear.
    await checkout.run("kubectl delete -k install --ignore-not-found --wait=false");
    const left = await Promise.all(
      KINDS.map(async (path) => {
        const { status, body } = await api.get(`${path}${PART_OF}`);
        assert.equal(status, 200, body.message);
        return body.items.map(({ metadata }: { metadata: { name: string } }) => `${path} ${metadata.name}`);
      }),
    );
    assert.deepEqual(left.flat(), []);
    const { body } = await api.get("/api/v1/namespaces/gracekeeper");
    assert.equal(body.status.phase, "Terminating");
  });
}
