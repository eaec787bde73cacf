import assert from "node:assert/strict";
import { everything } from "../../charts/helm.ts";
import { VALUE_SETS } from "../../charts/value-sets.ts";
import type { KubernetesObject } from "../objects.ts";
import type { World } from "./world.ts";

/**
 * Pod Security in the namespace is as strict as the chart's README.md says. As values.yaml says, hostNetwork causes a
 * warning.
 */
const HOST_NETWORK = /^Warning: .*host namespaces \(hostNetwork=true\)\n$/;

/** The API server accepts every object of every value set, including Helm hooks. All creates are dry runs. */
export async function checkSets({ report, cluster, api }: World): Promise<void> {
  report.section("Value sets");
  const sets = Object.entries(VALUE_SETS).map(([name, values]) => ({
    name,
    hostNetwork: values["hostNetwork"] === true,
    objects: everything(values),
  }));
  const all = sets.flatMap(({ objects }) => objects.filter(isNamespace));
  const namespaces = new Map(all.map((object) => [object["metadata"].name, object]));
  const create = async (objects: readonly KubernetesObject[]) => {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const { code, stderr } = await cluster.kubectlWith(list, "create", "--dry-run=server", "-f", "-");
    assert.equal(code, 0, stderr);
    return stderr;
  };
  await report.check("each namespace is created with --dry-run=server", async () => {
    assert.equal(await create([...namespaces.values()]), "");
    return [...namespaces.keys()].join(", ");
  });
  // The API server refuses objects in a namespace that does not exist.
  for (const name of namespaces.keys()) {
    await api.makeNamespace({ name });
  }
  let created = 0;
  for (const { name, hostNetwork, objects } of sets) {
    await report.check(`created with --dry-run=server: ${name}`, async () => {
      const warnings = await create(objects.filter((object) => !isNamespace(object)));
      assert.match(warnings, hostNetwork ? HOST_NETWORK : /^$/);
      created += objects.length;
      return `${objects.length} objects`;
    });
  }
  console.log(`  ${sets.length} value sets, ${created} objects`);
}

function isNamespace({ kind }: KubernetesObject): boolean {
  return kind === "Namespace";
}
