import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { ALL_KINDS } from "./kinds.ts";
import { doAll, makeLiving } from "./living.ts";
import { FITTING_SPEC, HOOKLESS_SPEC, pod, VIOLATING_SPEC } from "./objects.ts";
import type { World } from "./world.ts";

const VALIDATING = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/gracekeeper";

/** The cluster while gracekeeper is down. This check is the last, because it stops the server. */
export async function checkAway(world: World): Promise<void> {
  const { report, api, cluster, gracekeeper } = world;
  const create = async (namespace: string, name: string, spec = VIOLATING_SPEC) =>
    api.post(`/api/v1/namespaces/${namespace}/pods`, pod(name, spec));
  report.section("Away");
  await report.check(
    "up to this check every call was answered, and every matchCondition was evaluated",
    async () => {
      assert.equal(await cluster.failedOpen(), 0, "calls that failed open");
      assert.equal(await cluster.conditionErrors(), 0, "matchConditions that could not be evaluated");
    },
  );
  await makeLiving(api, "frozen");
  await report.check("SIGTERM ends the server with exit code 0", async () => {
    assert.equal(await gracekeeper.stop(), 0, gracekeeper.other.join("\n"));
  });
  await report.check(
    "with failurePolicy Ignore, pods and workloads are created in every mode, and the API server counts failed calls",
    async () => {
      for (const namespace of ["enforced", "warned", "audited", "injected"]) {
        for (const { kind, path, make } of ALL_KINDS) {
          const { status, body } = await api.post(path(namespace), make("away", VIOLATING_SPEC));
          assert.equal(status, 201, `${kind} in ${namespace}: ${body.message}`);
        }
      }
      const failedOpen = await cluster.failedOpen();
      assert.ok(failedOpen >= 3 * ALL_KINDS.length, `the API server counted ${failedOpen}`);
      return `fail_open_count ${failedOpen}`;
    },
  );
  await report.check("a Deployment can be rolled out while gracekeeper is down", async () => {
    const deployment = "/apis/apps/v1/namespaces/enforced/deployments/away";
    const { status, body } = await api.patch(deployment, { spec: { template: { spec: FITTING_SPEC } } });
    assert.equal(status, 200, body.message);
  });
  await report.check("with failurePolicy Fail, pods are refused only in a namespace in enforce", async () => {
    const operations = [{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Fail" }];
    const { status, body } = await api.patch(VALIDATING, operations, "application/json-patch+json");
    assert.equal(status, 200, body.message);
    const refused = await untilRefused(() => create("enforced", `fail-${Date.now()}`));
    assert.match(refused, /failed calling webhook "validate\.gracekeeper\.dev"/);
    for (const namespace of ["unlabelled", "warned", "injected", "kube-system", "gracekeeper"]) {
      assert.equal((await create(namespace, "fail", HOOKLESS_SPEC)).status, 201, namespace);
    }
    const deployment = "/apis/apps/v1/namespaces/enforced/deployments/away";
    const rolled = await api.patch(deployment, { spec: { template: { spec: VIOLATING_SPEC } } });
    assert.equal(rolled.status, 200, "a rollout is never frozen");
  });
  await report.check(
    "with failurePolicy Fail and no server, only pods cannot be created: all other operations succeed",
    async () => {
      assert.equal((await create("frozen", "another")).status, 500, "but for the creation of pods");
      const done = await doAll(world, "frozen");
      const faults = done
        .filter(({ fault }) => fault !== "")
        .map(({ deed, fault }) => `${deed.name}: ${fault}`);
      assert.deepEqual(faults, []);
      for (const { kind, path, make } of ALL_KINDS) {
        if (kind === "Pod") continue;
        const { status, body } = await api.post(path("frozen"), make("new", VIOLATING_SPEC));
        assert.equal(status, 201, `${kind}: ${body.message}`);
      }
      return `${done.length} deeds`;
    },
  );
  await report.check("deleting the webhook configurations works while every server is down", async () => {
    for (const kind of ["validatingwebhookconfiguration", "mutatingwebhookconfiguration"]) {
      const { code, stderr } = await cluster.kubectl("delete", kind, "gracekeeper");
      assert.equal(code, 0, stderr);
    }
    await wait(1000);
    assert.equal((await create("enforced", "free")).status, 201);
  });
}

/** Repeats a create until it is refused, because the API server needs a moment to load a changed configuration. */
async function untilRefused(
  create: () => Promise<{ status: number; body: { message?: string } }>,
): Promise<string> {
  for (let tries = 0; tries < 40; tries++) {
    const { status, body } = await create();
    if (status >= 400) return `${status} ${body.message}`;
    await wait(250);
  }
  return "never refused";
}
