import assert from "node:assert/strict";
import { join } from "node:path";
import { bundles } from "../certificates/world.ts";
import type { KubernetesObject } from "../objects.ts";
import { Hooks } from "./hooks.ts";
import { DEPLOYMENT, done, REPOSITORY, release, SECRET, startReplica, traces, type World } from "./world.ts";

const CHANGED = {
  replicas: 3,
  preview: true,
  logLevel: "warn",
  webhooks: { validate: { failurePolicy: "Fail" } },
  configuration: { maxGraceSeconds: 600 },
};

/** The number of entries in both webhook configurations, without the entry of the probe. */
const ENTRIES = 7;

/** The life of a Helm release from installation to removal. */
export async function checkLife(world: World): Promise<void> {
  const { report, cluster, api } = world;
  report.section("Install, upgrade, rollback, test, uninstall");
  const before = await traces(world);
  const hooks = new Hooks(cluster);
  await report.check("helm install makes every object of the chart", async () => {
    await done(world, "install", {});
    const made = (await traces(world)).filter((name) => !before.includes(name));
    return `${made.length} objects, the record of Helm among them`;
  });
  const replica = await startReplica(world, join(REPOSITORY, "manifests/config.yaml"));
  const published = await bundles(world);
  const secret = (await api.get(SECRET)).body.data;
  const first = await deployment(world);
  await report.check("a replica publishes its CA in every entry", () => {
    assert.equal([...published.values()].filter((pem) => pem !== "").length, ENTRIES);
    assert.ok(secret["ca.crt"]);
  });
  const keepsTheCa = async () => {
    assert.deepEqual(await bundles(world), published);
    assert.deepEqual((await api.get(SECRET)).body.data, secret);
  };
  await report.check("the commands in the release notes of helm install print the warning", async () => {
    await api.makeNamespace({ name: "shop" });
    const notes = await done(world, "status");
    const commands = [...notes.matchAll(/^ +(kubectl (?:label|run) .*)$/gm)].map(([, line]) => line);
    assert.equal(commands.length, 2);
    const { code, stderr } = await cluster.shell(REPOSITORY, commands.join("\n"));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Warning: container "try": preStop takes 60s .*\[hook-over-grace\]$/m);
  });
  await report.check("helm test passes: the API server asks gracekeeper, which denies the pod", async () => {
    const { code, stdout, stderr } = await release(world, "test --timeout 30s");
    assert.equal(code, 0, `${stdout}${stderr}${hooks.outputs.join("\n")}`);
    assert.match(hooks.outputs.at(-1) ?? "", /validate\.gracekeeper\.dev.*denied the request/);
  });
  await report.check("helm upgrade applies changed values and keeps the CA", async () => {
    await done(world, "upgrade", CHANGED);
    const { spec } = await deployment(world);
    assert.equal(spec.replicas, CHANGED.replicas);
    assert.ok(spec.template.spec.containers[0].args.includes("warn"));
    await keepsTheCa();
  });
  await report.check("helm rollback restores the Deployment and keeps the CA", async () => {
    await done(world, "rollback 1");
    assert.deepEqual((await deployment(world))["spec"], first["spec"]);
    await keepsTheCa();
  });
  await report.check("helm test fails while no replica runs, and says what to do", async () => {
    await replica.stop();
    const { code } = await release(world, "test --timeout 30s");
    assert.notEqual(code, 0);
    assert.match(hooks.outputs.at(-1) ?? "", /The API server did not ask gracekeeper\. See the log/);
  });
  await report.check(
    "helm uninstall leaves nothing behind, and its hook removes the webhooks first",
    async () => {
      const runs = hooks.outputs.length;
      await done(world, "uninstall --timeout 30s");
      assert.deepEqual(hooks.outputs.slice(runs), [""], "one hook, which had nothing to say");
      assert.deepEqual(await traces(world), before);
    },
  );
  await hooks.stop();
}

async function deployment({ api }: World): Promise<KubernetesObject> {
  return (await api.get(DEPLOYMENT)).body;
}
