import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parsed, withComponents } from "../manifests/read.ts";
import { type Cluster, installFolder } from "./cluster.ts";
import type { KubernetesObject } from "./objects.ts";
import type { Report } from "./report.ts";

/** Kustomize components that may be chosen together, in the order of kustomization.yaml. */
const COMBINATIONS: readonly (readonly string[])[] = [
  [],
  ["probe"],
  ["monitoring"],
  ["preview"],
  ["no-priority"],
  ["cert-manager"],
  ["cert-manager", "preview"],
  ["cert-manager", "no-api-access"],
  ["certificate-files"],
  ["certificate-files", "preview"],
  ["certificate-files", "no-api-access"],
  ["probe", "monitoring", "cert-manager", "preview", "no-priority"],
  ["probe", "certificate-files", "preview", "no-priority"],
];

/** The tests in test/manifests render components without kustomize. The result must equal what kubectl renders. */
export async function checkRendered(report: Report, cluster: Cluster, repository: string): Promise<void> {
  const folder = await installFolder(repository);
  const manifests = join(folder, "manifests");
  for (const file of ["ca.crt", "tls.crt", "tls.key"]) await writeFile(join(manifests, "tls", file), file);
  const shipped = await readFile(join(manifests, "kustomization.yaml"), "utf8");
  const render = async (components: readonly string[]) => {
    const chosen = components.map((name) => `  - components/${name}\n`).join("");
    const text = shipped.replace(/^components:\n(?: {2}# - .*\n)+/m, `components:\n${chosen}`);
    await writeFile(join(manifests, "kustomization.yaml"), text);
    return cluster.kubectl("kustomize", manifests);
  };
  await report.check("each choice of components renders what the tests of the manifests expect", async () => {
    for (const components of COMBINATIONS) {
      const { code, stdout, stderr } = await render(components);
      assert.equal(code, 0, stderr);
      const rendered = parsed(stdout).filter(({ kind }) => kind !== "ConfigMap");
      assert.deepEqual(
        plain(rendered),
        plain([...withComponents(...components).values()]),
        components.join(),
      );
      const bundles = rendered.flatMap(({ webhooks = [] }) => webhooks).map(hasBundle);
      assert.deepEqual(
        new Set(bundles),
        new Set([components.includes("certificate-files")]),
        components.join(),
      );
    }
    return `${COMBINATIONS.length} choices`;
  });
  await report.check(
    "no-api-access is refused with own certificates, or before the component that it needs",
    async () => {
      for (const components of [["no-api-access"], ["no-api-access", "certificate-files"]]) {
        const { code, stderr } = await render(components);
        assert.equal(code, 1, components.join());
        assert.match(stderr, /components\/no-api-access.*args\/1 failed/);
      }
    },
  );
}

const hasBundle = ({ clientConfig }: KubernetesObject): boolean => clientConfig.caBundle !== undefined;

/**
 * The objects as sorted JSON. Two things are removed: what only kustomize adds, and the content of the owner's files.
 */
function plain(objects: readonly KubernetesObject[]): readonly string[] {
  return objects
    .map((object) => {
      const text = JSON.stringify(sorted(object), (key, value) =>
        ["data", "caBundle", "app.kubernetes.io/part-of"].includes(key) ? undefined : value,
      );
      return text
        .replace('"image":"gracekeeper:0.1.0"', '"image":"gracekeeper"')
        .replace('"labels":{},', "")
        .replace(/"gracekeeper-configuration-[a-z0-9]+"/, '"gracekeeper-configuration"');
    })
    .sort();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
