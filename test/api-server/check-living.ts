import assert from "node:assert/strict";
import { ruleOf, TEMPLATE_PREFIX } from "./golden.ts";
import { kindOf } from "./kinds.ts";
import { doAll, makeLiving } from "./living.ts";
import { FITTING_SPEC, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

const NAMESPACE = "living";

/**
 * Objects from before enforcement, which would be denied today. Every operation on these objects must succeed. The
 * webhook may be called only for operations that can change the pod template.
 */
export async function checkLiving(world: World): Promise<void> {
  const { report, api } = world;
  report.section("Objects that were there before (namespace switched to enforce afterwards)");
  await makeLiving(api, NAMESPACE);
  await checkUpdates(world);
  const done = await doAll(world, NAMESPACE);
  for (const looked of [false, true]) {
    const alike = done.filter(({ deed }) => Object.keys(deed.calls).length > 0 === looked);
    const names = alike.map(({ deed }) => deed.name).join("; ");
    await report.check(`${looked ? "called, without a warning" : "not called"}: ${names}`, () => {
      const faults = alike
        .filter(({ fault }) => fault !== "")
        .map(({ deed, fault }) => `${deed.name}: ${fault}`);
      assert.deepEqual(faults, []);
      for (const { deed, calls } of alike) assert.deepEqual([deed.name, calls], [deed.name, deed.calls]);
      return `${alike.length} deeds`;
    });
  }
}

async function checkUpdates(world: World): Promise<void> {
  const { report, cluster, api } = world;
  const deployment = kindOf("Deployment");
  const path = deployment.path(NAMESPACE);
  const template = (spec: unknown) => ({ spec: { template: { spec } } });
  await report.check(
    "kubectl rollout restart of a violating Deployment works without a warning",
    async () => {
      const { code, stderr } = await cluster.kubectl(
        "-n",
        NAMESPACE,
        "rollout",
        "restart",
        "deployment",
        "web",
      );
      assert.deepEqual([code, stderr], [0, ""]);
    },
  );
  await report.check(
    "an update with a new finding gets a warning, and an update that fixes a finding gets none",
    async () => {
      await api.post(path, deployment.make("other", FITTING_SPEC));
      const worse = await api.patch(`${path}/other`, template(VIOLATING_SPEC));
      assert.equal(worse.status, 200, worse.body.message);
      assert.equal(worse.warnings.length, 1);
      const [warning = ""] = worse.warnings;
      assert.ok(warning.startsWith(TEMPLATE_PREFIX), warning);
      assert.equal(ruleOf(warning), "hook-over-grace");
      const mended = await api.patch(`${path}/other`, template(FITTING_SPEC));
      assert.deepEqual([mended.status, mended.warnings], [200, []]);
    },
  );
  await report.check("server-side apply is judged as a create or an update", async () => {
    const object = deployment.make("applied", VIOLATING_SPEC);
    const apply = () =>
      api.patch(`${path}/applied?fieldManager=check&force=true`, object, "application/apply-patch+yaml");
    const created = await apply();
    assert.deepEqual([created.status, created.warnings.length], [201, 1], created.body.message);
    assert.deepEqual(await callsDuring(world, apply), {});
  });
}
