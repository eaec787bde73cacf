import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { parse } from "yaml";
import "../patience.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { FOLDER, type KubernetesObject, withComponents } from "../manifests/read.ts";
import { render, SKIP, type Values } from "./helm.ts";

/** Choices of an owner. Each choice is given as components of manifests/ and as values of the chart. */
const CHOICES: readonly (readonly [components: readonly string[], values: Values])[] = [
  [[], {}],
  [["probe"], { probe: { enabled: true } }],
  [["monitoring"], { monitoring: { podMonitor: { enabled: true }, prometheusRule: { enabled: true } } }],
  [["preview"], { preview: true }],
  [["no-priority"], { priorityClassName: "" }],
  [["cert-manager"], { certificates: { source: "certManager" } }],
  [["cert-manager", "preview"], { certificates: { source: "certManager" }, preview: true }],
  [["cert-manager", "no-api-access"], { certificates: { source: "certManager" }, apiAccess: false }],
  [["certificate-files"], { certificates: files() }],
  [["certificate-files", "preview"], { certificates: files(), preview: true }],
  [["certificate-files", "no-api-access"], { certificates: files(), apiAccess: false }],
  [
    ["probe", "cert-manager", "preview", "no-priority"],
    {
      probe: { enabled: true },
      certificates: { source: "certManager" },
      preview: true,
      priorityClassName: "",
    },
  ],
];

function files(): object {
  return {
    source: "existingSecret",
    ca: "-----BEGIN CERTIFICATE-----\n",
    existingSecret: { name: "gracekeeper-tls" },
  };
}

/** Labels that say where an object comes from. Kustomize adds part-of, and Helm adds the others. */
const ORIGIN = [
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
  "app.kubernetes.io/part-of",
  "app.kubernetes.io/version",
  "helm.sh/chart",
];

/** The default of Kubernetes (apps/v1 defaults.go). manifests/ does not set this field. */
const REVISION_HISTORY_LIMIT = 10;

for (const [components, values] of CHOICES) {
  const name = components.join(" and ") || "nothing chosen";
  t.test(`the chart makes the same objects as kustomize: ${name}`, { skip: SKIP }, async (t) => {
    const ours = comparable(render(values));
    const theirs = comparable(expected(components));
    t.same([...ours.keys()].sort(), [...theirs.keys()].sort());
    for (const [key, object] of theirs) t.strictSame(ours.get(key), object, key);
  });
}

t.test("each component of manifests/ is among the choices", async (t) => {
  // `mounted-certificate` is not a choice: two other components include it.
  const folders = readdirSync(new URL("components", FOLDER)).filter((name) => name !== "mounted-certificate");
  t.same([...new Set(CHOICES.flatMap(([components]) => components))].sort(), folders.sort());
});

t.test("the chart has the shipped configuration, and values change it", { skip: SKIP }, async (t) => {
  const shipped = parse(readFileSync(new URL("config.yaml", FOLDER), "utf8"));
  t.same(configurationIn(render({})), readConfiguration(shipped));
  const changed = {
    maxGraceSeconds: 2_147_483_647,
    kubernetesVersion: "1.30",
    sleepAction: "Off",
    actions: { "hook-missing": "Off" },
    programs: [{ name: "drain.sh", seconds: "5-20" }],
  };
  t.same(
    configurationIn(render({ configuration: changed })),
    readConfiguration({ apiVersion: shipped.apiVersion, kind: shipped.kind, ...changed }),
  );
});

function configurationIn(objects: readonly KubernetesObject[]) {
  const map = objects.find(({ kind }) => kind === "ConfigMap");
  return readConfiguration(parse(map?.["data"]["config.yaml"]));
}

/**
 * The objects of kustomize that the chart also has. Helm makes the namespace itself (--create-namespace), and the owner
 * makes the Secret.
 */
function expected(components: readonly string[]): readonly KubernetesObject[] {
  const objects = structuredClone([...withComponents(...components).values()]);
  for (const object of objects) {
    if (object["spec"]?.template !== undefined) object["spec"].template.spec.containers[0].image += ":0.1.0";
    // The component copies caBundle from the Secret. The Secret has no data here, so the test sets caBundle.
    if (components.includes("certificate-files")) publish(object);
  }
  const leftOut = ["Namespace gracekeeper", "Secret gracekeeper-tls"];
  return objects.filter(({ kind, metadata }) => !leftOut.includes(`${kind} ${metadata.name}`));
}

function publish({ webhooks = [] }: KubernetesObject): void {
  for (const { clientConfig } of webhooks) {
    clientConfig.caBundle = Buffer.from("-----BEGIN CERTIFICATE-----\n").toString("base64");
  }
}

function comparable(objects: readonly KubernetesObject[]): ReadonlyMap<string, KubernetesObject> {
  const compared = structuredClone(objects.filter(({ kind }) => kind !== "ConfigMap"));
  for (const { metadata, spec } of compared) {
    for (const label of ORIGIN) delete metadata.labels?.[label];
    if (Object.keys(metadata.labels ?? {}).length === 0) delete metadata.labels;
    if (spec?.revisionHistoryLimit === REVISION_HISTORY_LIMIT) delete spec.revisionHistoryLimit;
    // Kustomize uses a hash in the ConfigMap's name instead of this annotation.
    delete spec?.template?.metadata.annotations["checksum/configuration"];
  }
  return new Map(
    compared.map((object) => {
      const { kind, metadata } = object;
      return [`${kind} ${metadata.namespace ?? ""}/${metadata.name}`, object];
    }),
  );
}
