import assert from "node:assert/strict";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { HELM } from "../../charts/helm.ts";
import { bundles } from "../certificates/world.ts";
import { installFolder } from "../cluster.ts";
import type { KubernetesObject } from "../objects.ts";
import { DEPLOYMENT, done, REPOSITORY, SECRET, startReplica, traces, type World } from "./world.ts";

/** The commands of the chart's README.md, which run unchanged. */
const page = await readFile(join(REPOSITORY, "charts/gracekeeper/README.md"), "utf8");
const [, LINES = ""] = /<!-- run change -->\n```sh\n([\s\S]*?)```\n/.exec(page) ?? [];

/** An installation by `kubectl apply -k manifests` becomes a Helm release without being removed first. */
export async function checkKustomize(world: World): Promise<void> {
  const { report, cluster, api } = world;
  report.section("From manifests/ to the chart");
  const applied = await cluster.kubectl("apply", "-k", join(REPOSITORY, "manifests"));
  assert.equal(applied.code, 0, applied.stderr);
  const replica = await startReplica(world, join(REPOSITORY, "manifests/config.yaml"));
  const published = await bundles(world);
  const secret = (await api.get(SECRET)).body.data;
  const before = (await api.get(DEPLOYMENT)).body as KubernetesObject;
  const objects = await traces(world);
  await report.check(
    "the commands of the chart's README make Helm own every object, and duplicate none",
    async () => {
      const folder = await installFolder(REPOSITORY);
      await symlink(join(REPOSITORY, "charts"), join(folder, "charts"));
      await writeFile(join(folder, "values.yaml"), "replicas: 2\n");
      const { code, stdout, stderr } = await cluster.shell(folder, LINES.replace(/^helm /gm, `${HELM} `));
      assert.equal(code, 0, stdout + stderr);
      const more = (await traces(world)).filter((name) => !objects.includes(name));
      assert.deepEqual(more, [
        "ConfigMap gracekeeper/gracekeeper-configuration",
        "Secret gracekeeper/sh.helm.release.v1.gracekeeper.v1",
      ]);
    },
  );
  await report.check("the CA in the Secret and in every entry stays the same", async () => {
    assert.deepEqual(await bundles(world), published);
    assert.deepEqual((await api.get(SECRET)).body.data, secret);
  });
  await report.check(
    "the Deployment stays the same object, and its pod template differs only in the configuration",
    async () => {
      const after = (await api.get(DEPLOYMENT)).body as KubernetesObject;
      assert.equal(after["metadata"].uid, before["metadata"].uid);
      const { annotations } = after["spec"].template.metadata;
      delete annotations["checksum/configuration"];
      const [volume] = before["spec"].template.spec.volumes;
      volume.configMap.name = "gracekeeper-configuration";
      assert.deepEqual(after["spec"], before["spec"]);
    },
  );
  await report.check("helm uninstall removes the objects that kubectl had created", async () => {
    await done(world, "upgrade", { priorityClassName: "", networkPolicy: { enabled: false } });
    const after = (await api.get(DEPLOYMENT)).body as KubernetesObject;
    assert.equal(after["spec"].template.spec.priorityClassName, undefined);
    const left = (await traces(world)).filter((name) => name.startsWith("NetworkPolicy"));
    assert.deepEqual(left, []);
  });
  await replica.stop();
  await report.check(
    "helm uninstall does not remove the namespace and the ConfigMap of kustomize",
    async () => {
      await done(world, "uninstall --no-hooks");
      const kinds = (await traces(world)).map((name) => name.split(" ")[0]);
      assert.deepEqual(kinds, ["ConfigMap", "Namespace"]);
    },
  );
}
