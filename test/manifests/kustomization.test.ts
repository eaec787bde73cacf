import { existsSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { readConfiguration } from "../../src/policy/configuration.ts";
import { byKind, FILES, kustomization, text } from "./read.ts";

t.test("every file of manifests/ is installed, and every file that is installed is there", async (t) => {
  const [configuration] = kustomization["configMapGenerator"];
  const named = [...kustomization["resources"], ...configuration.files, "kustomization.yaml"];
  t.same([...FILES].sort(), named.sort());
});

t.test("everything in a namespace is in ours, and nothing is named twice", async (t) => {
  const clusterWide = ["Namespace", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
  for (const [kind, { metadata }] of byKind) {
    t.equal(metadata.name, "gracekeeper", kind);
    t.equal(metadata.namespace, clusterWide.includes(kind) ? undefined : "gracekeeper", kind);
  }
  t.equal(byKind.size, kustomization["resources"].length, "one object a file, each of its own kind");
});

t.test("the configuration is one that the server accepts, and says which Kubernetes it is for", async (t) => {
  const configuration = readConfiguration(parse(text("config.yaml")));
  t.type(configuration.kubernetesMinor, "number");
  t.equal(configuration.sleepAction, "Auto");
});

t.test("the certificate and the CA come from the files that certs/make.sh makes", async (t) => {
  const [secret] = kustomization["secretGenerator"];
  t.same(secret.files, ["tls/tls.crt", "tls/tls.key", "tls/ca.crt"]);
  t.equal(secret.type, "kubernetes.io/tls");
  const script = new URL("../../certs/make.sh", import.meta.url);
  t.ok(existsSync(script));
  const [replacement] = kustomization["replacements"];
  t.match(replacement.source, { kind: "Secret", name: secret.name, fieldPath: "data.[ca.crt]" });
  const kinds = replacement.targets.map(({ select }: { select: { kind: string } }) => select.kind);
  t.same(kinds, ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]);
  for (const { fieldPaths } of replacement.targets) t.same(fieldPaths, ["webhooks.*.clientConfig.caBundle"]);
});

t.test("no secret is in the repository's manifests", async (t) => {
  for (const file of FILES)
    t.notMatch(text(file), /PRIVATE KEY|BEGIN CERTIFICATE|kind: Secret\n(?!\s+name)/, file);
});
