import { existsSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { byKind, FILES, installed, kustomization, text } from "./read.ts";

/** Components that the kustomization offers, each a line to take the # away from. */
const OFFERED = [...text("kustomization.yaml").matchAll(/^ {2}# - (components\/\S+)$/gm)].map(
  ([, path]) => path,
);

t.test(
  "every file of manifests/ is installed or offered, and every file that is installed is there",
  async (t) => {
    const [configuration] = kustomization["configMapGenerator"];
    const components = OFFERED.map((path) => `${path}/kustomization.yaml`);
    const named = [
      ...kustomization["resources"],
      ...configuration.files,
      ...components,
      "components/probe/namespace.yaml",
      "components/probe/rbac.yaml",
      "kustomization.yaml",
    ];
    t.same([...FILES].sort(), named.sort());
  },
);

t.test(
  "components are offered and none is chosen; without its # the line is one that kustomize reads",
  async (t) => {
    t.same(OFFERED, [
      "components/probe",
      "components/preview",
      "components/no-api-access",
      "components/no-priority",
    ]);
    t.equal(kustomization["components"], null);
    for (const path of OFFERED) {
      const chosen = parse(text("kustomization.yaml").replace(`# - ${path}`, `- ${path}`));
      t.same(chosen.components, [path]);
    }
  },
);

t.test("everything in a namespace is in ours, and nothing is named twice", async (t) => {
  const clusterWide = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
  ];
  for (const [kind, { metadata }] of byKind) {
    t.equal(metadata.name, "gracekeeper", kind);
    t.equal(metadata.namespace, clusterWide.includes(kind) ? undefined : "gracekeeper", kind);
  }
  t.equal(byKind.size, installed.length, "each object is of its own kind");
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
