import { existsSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import { byKind, FILES, installed, kustomization, objects, text, withComponents } from "./read.ts";

/** Components that kustomization.yaml offers, each in a line that begins with #. */
const OFFERED = [...text("kustomization.yaml").matchAll(/^ {2}# - (components\/\S+)$/gm)].map(
  ([, path]) => path,
);

/** Files that components include, and rules.yaml for owners without the Prometheus operator. */
const PARTS = [
  "components/mounted-certificate/kustomization.yaml",
  "tls/kustomization.yaml",
  "monitoring/rules.yaml",
];

t.test("every file of manifests/ is installed or offered, and every installed file exists", async (t) => {
  const [configuration] = kustomization["configMapGenerator"];
  const components = OFFERED.map((path) => `${path}/kustomization.yaml`);
  const named = [
    ...kustomization["resources"],
    ...configuration.files,
    ...components,
    "components/probe/namespace.yaml",
    "components/probe/rbac.yaml",
    "components/monitoring/pod-monitor.yaml",
    "components/monitoring/prometheus-rule.yaml",
    ...PARTS,
    "components/cert-manager/certificate.yaml",
    "kustomization.yaml",
  ];
  t.same([...FILES].sort(), named.sort());
});

t.test("no component is chosen by default, and each offered line is valid without its #", async (t) => {
  const names = [
    "probe",
    "monitoring",
    "cert-manager",
    "certificate-files",
    "preview",
    "no-api-access",
    "no-priority",
  ];
  t.same(
    OFFERED,
    names.map((name) => `components/${name}`),
  );
  t.equal(kustomization["components"], null);
  for (const path of OFFERED) {
    const chosen = parse(text("kustomization.yaml").replace(`# - ${path}`, `- ${path}`));
    t.same(chosen.components, [path]);
  }
});

t.test("every namespaced object is in our namespace, and names are unique", async (t) => {
  const clusterWide = [
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
  ];
  for (const [key, { kind, metadata }] of withComponents("monitoring", "cert-manager", "preview")) {
    t.match(metadata.name, /^gracekeeper/, key);
    t.equal(metadata.namespace, clusterWide.includes(kind) ? undefined : "gracekeeper", key);
  }
  t.equal(byKind.size, installed.length, "each object is there once");
});

t.test("the manifests need no preparation: no file, no caBundle, and a Secret without data", async (t) => {
  t.equal(kustomization["secretGenerator"], undefined);
  t.equal(kustomization["replacements"], undefined);
  for (const kind of ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]) {
    for (const { name, clientConfig } of byKind.get(kind)?.["webhooks"] ?? []) {
      t.same(Object.keys(clientConfig), ["service"], name);
    }
  }
  const secret = byKind.get("Secret gracekeeper-ca");
  t.same(Object.keys(secret ?? {}).sort(), ["apiVersion", "kind", "metadata", "type"]);
  t.equal(secret?.["type"], "Opaque");
});

t.test("the component certificate-files uses the files of certs/make.sh, also for caBundle", async (t) => {
  const [secret] = objects("tls/kustomization.yaml")[0]?.["secretGenerator"] ?? [];
  t.same(secret.files, ["tls.crt", "tls.key", "ca.crt"]);
  t.equal(secret.type, "kubernetes.io/tls");
  t.ok(existsSync(new URL("../../certs/make.sh", import.meta.url)));
  const [replacement] = objects("components/certificate-files/kustomization.yaml")[0]?.["replacements"] ?? [];
  t.match(replacement.source, { kind: "Secret", name: secret.name, fieldPath: "data.[ca.crt]" });
  const kinds = replacement.targets.map(({ select }: { select: { kind: string } }) => select.kind);
  t.same(kinds, ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"]);
  for (const { fieldPaths } of replacement.targets) t.same(fieldPaths, ["webhooks.*.clientConfig.caBundle"]);
});

t.test("the repository's manifests contain no key and no certificate", async (t) => {
  for (const file of FILES) t.notMatch(text(file), /PRIVATE KEY|BEGIN CERTIFICATE|\n(stringD|d)ata:/, file);
});
