import { existsSync } from "node:fs";
import { applyPatch, type Operation } from "rfc6902";
import t from "tap";
import { parse, parseAllDocuments, stringify } from "yaml";
import { check } from "../../src/index.ts";
import type { JsonObject } from "../../src/json.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { byKind, parsed } from "../manifests/read.ts";
import { BLOCKS, block, marked, ROOT } from "./blocks.ts";
import { injected } from "./injected.ts";

/** Tests the YAML blocks of the pages, and the webhook answers that the pages show. */

t.test("every YAML block of the pages can be parsed", async (t) => {
  const all = BLOCKS.filter(({ language }) => language === "yaml");
  t.ok(all.length > 30, `${all.length} blocks`);
  for (const { page, line, text } of all)
    for (const { errors } of parseAllDocuments(text)) t.same(errors, [], `${page}:${line}`);
});

t.test(
  "blocks for install/kustomization.yaml name existing components, and their patches apply",
  async (t) => {
    const all = marked("yaml install");
    t.equal(all.length, 4);
    for (const { page, text } of all) {
      const { components = [], configMapGenerator = [], patches = [], ...others } = parse(text);
      t.same(others, {}, page);
      for (const path of components) t.ok(existsSync(new URL(path.replace("../", ""), ROOT)), path);
      for (const { name, files } of configMapGenerator) {
        t.same(
          parse(stringify(byKind.get("Deployment")))?.spec.template.spec.volumes[0].configMap.name,
          name,
        );
        for (const file of files) t.ok(existsSync(new URL(`manifests/${file}`, ROOT)), file);
      }
      for (const { target, patch } of patches) {
        const object = structuredClone(byKind.get(target.kind));
        const [operations] = parsed(patch);
        t.same(
          applyPatch(object, operations as unknown as Operation[]).filter((error) => error !== null),
          [],
          `${page}: ${target.kind}`,
        );
        t.notSame(object, byKind.get(target.kind));
      }
    }
  },
);

t.test("the server accepts every block with a part of the configuration file", async (t) => {
  const { text } = block("docs/injection.md", "yaml configuration");
  const file = parse(`apiVersion: gracekeeper.dev/v1alpha1\nkind: GracekeeperConfiguration\n${text}`);
  t.same(readConfiguration(file).inject.owners, [{ group: "example.com", kind: "WebFarm" }]);
});

t.test("the comment in docs/check.md silences the finding named in the comment", async (t) => {
  const { text } = block("docs/check.md", "yaml silence");
  const before = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
`;
  const after = '              exec: {command: ["sleep", "45"]}\n';
  const comment = /^ *# gracekeeper-ignore.*\n/m;
  const ids = (manifest: string) => check(manifest).findings.map(({ id }) => id);
  t.ok(ids(before + text.replace(comment, "") + after).includes("hook-over-grace"));
  t.notOk(ids(before + text + after).includes("hook-over-grace"));
});

t.test("docs/injection.md shows the diff of an injection", async (t) => {
  const { text } = block("docs/injection.md", "run diff");
  const side = (other: string) =>
    parse(
      text
        .split("\n")
        .filter((line) => !line.startsWith(other))
        .map((line) => line.slice(1))
        .join("\n"),
    );
  const { pod } = injected({ ...side("+").spec });
  t.match(pod["spec"], side("-").spec);
});

t.test("docs/injection.md shows the warnings of the webhook", async (t) => {
  const bare = injected({}).warnings?.[0];
  t.equal(block("docs/injection.md", "run bare").text.split("\n")[1], `Warning: ${bare}`);
  const applied = {
    "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({
      spec: { terminationGracePeriodSeconds: 30 },
    }),
  };
  const stays = injected({}, applied).warnings?.[0];
  t.equal(block("docs/injection.md", "run applied").text.split("\n")[1], `Warning: ${stays}`);
});

t.test("the annotation for Istio in docs/faq.md removes the finding", async (t) => {
  const annotations = parse(block("docs/faq.md", "yaml annotation").text);
  const ids = (given: JsonObject) => {
    const sleep = { preStop: { sleep: { seconds: 10 } } };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", annotations: given },
      spec: {
        containers: [
          { name: "web", image: "web:1", ports: [{ containerPort: 80 }], lifecycle: sleep },
          { name: "istio-proxy", image: "istio/proxyv2:1.32.0", ports: [{ containerPort: 15090 }] },
        ],
      },
    };
    return check(stringify(pod)).findings.map(({ id }) => id);
  };
  t.ok(ids({}).includes("proxy-stops-first"));
  t.notOk(ids(annotations).includes("proxy-stops-first"));
});
