import t from "tap";
import { type KubernetesObject, object, text } from "./read.ts";

/** Evaluation takes milliseconds, and twice the mutating call and once the validating one must stay below 10 s. */
const LONGEST_TIMEOUT_SECONDS = 3;

const EXCLUDED = {
  key: "kubernetes.io/metadata.name",
  operator: "NotIn",
  values: ["kube-system", "kube-public", "kube-node-lease", "gracekeeper"],
};

const WORKLOADS = [
  "apps/daemonsets",
  "apps/deployments",
  "apps/replicasets",
  "apps/statefulsets",
  "batch/cronjobs",
  "batch/jobs",
  "podtemplates",
  "replicationcontrollers",
];

const mutating: readonly KubernetesObject[] = object("MutatingWebhookConfiguration")["webhooks"];
const validating: readonly KubernetesObject[] = object("ValidatingWebhookConfiguration")["webhooks"];
const entries = [...mutating, ...validating];

/** Resources of an entry's rules with these operations, as `group/resource`. */
function resources(entry: KubernetesObject, operations: readonly string[]): readonly string[] {
  const rules = (entry["rules"] as KubernetesObject[]).filter(
    (rule) => rule["operations"].join() === operations.join(),
  );
  return rules
    .flatMap((rule) =>
      rule["resources"].map((name: string) => [...rule["apiGroups"], name].filter(Boolean).join("/")),
    )
    .sort();
}

const entry = (name: string): KubernetesObject => {
  const found = entries.find((one) => one["name"] === `${name}.gracekeeper.dev`);
  if (found === undefined) throw new Error(`no entry ${name}.gracekeeper.dev`);
  return found;
};

/** The namespace labels an entry asks for, without the exclusion. */
const labels = (name: string) =>
  entry(name)["namespaceSelector"].matchExpressions.filter(
    ({ key }: KubernetesObject) => key !== EXCLUDED.key,
  );

t.test("every entry is narrow, fast and without side effects", async (t) => {
  for (const one of entries) {
    const name: string = one["name"];
    t.same(one["admissionReviewVersions"], ["v1"], name);
    t.equal(one["sideEffects"], "None", name);
    t.equal(one["matchPolicy"], "Equivalent", name);
    t.equal(one["failurePolicy"], "Ignore", name);
    t.ok(one["timeoutSeconds"] >= 1 && one["timeoutSeconds"] <= LONGEST_TIMEOUT_SECONDS, name);
    for (const rule of one["rules"]) {
      t.equal(rule.scope, "Namespaced", name);
      t.same(rule.apiVersions, ["v1"], name);
      t.notMatch(
        JSON.stringify([rule.apiGroups, rule.resources]),
        /[*]|\w\/\w/,
        `${name}: no wildcard, no subresource`,
      );
    }
  }
});

t.test("the system namespaces and our own are excluded by name in every entry", async (t) => {
  for (const one of entries) {
    const exclusions = one["namespaceSelector"].matchExpressions.filter(
      ({ key }: KubernetesObject) => key === EXCLUDED.key,
    );
    t.same(exclusions, [EXCLUDED], one["name"]);
  }
});

t.test("names are short, unique and of three segments: they are printed in every denial", async (t) => {
  const names = entries.map((one) => one["name"] as string);
  t.same(names, [
    "inject.gracekeeper.dev",
    "validate.gracekeeper.dev",
    "templates.gracekeeper.dev",
    "warn.gracekeeper.dev",
    "audit.gracekeeper.dev",
  ]);
});

t.test("each entry asks for its own labels and leads to its own path", async (t) => {
  const validate = "gracekeeper.dev/validate";
  const one = (key: string, value: string) => [{ key, operator: "In", values: [value] }];
  t.same(labels("inject"), one("gracekeeper.dev/inject", "enabled"));
  t.same(labels("validate"), one(validate, "enforce"));
  t.same(labels("templates"), one(validate, "enforce"));
  t.same(labels("audit"), one(validate, "audit"));
  t.same(
    labels("warn"),
    [
      { key: validate, operator: "Exists" },
      { key: validate, operator: "NotIn", values: ["enforce", "audit", "off"] },
    ],
    "a misspelt value warns",
  );
  const paths = entries.map(({ clientConfig }) => clientConfig.service.path);
  t.same(paths, ["/mutate", "/validate/enforce", "/validate/enforce", "/validate/warn", "/validate/audit"]);
});

t.test("pods are judged and changed when created, never later", async (t) => {
  for (const name of ["inject", "validate", "warn", "audit"]) {
    t.same(resources(entry(name), ["CREATE"]), ["pods"], name);
  }
  t.same(resources(entry("templates"), ["CREATE"]), []);
});

t.test("workloads are judged when created or updated, and never changed", async (t) => {
  for (const name of ["templates", "warn", "audit"]) {
    t.same(resources(entry(name), ["CREATE", "UPDATE"]), WORKLOADS, name);
  }
  for (const name of ["inject", "validate"]) t.same(resources(entry(name), ["CREATE", "UPDATE"]), [], name);
  for (const one of entries) {
    for (const { operations } of one["rules"])
      t.ok(["CREATE", "CREATE,UPDATE"].includes(operations.join()), one["name"]);
  }
});

t.test("an update comes only where the template changed, by the same condition everywhere", async (t) => {
  const conditions = entries.map(({ name, matchConditions }) => [name, matchConditions]);
  const condition = entry("templates")["matchConditions"];
  t.equal(condition.length, 1);
  t.match(condition[0].name, /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, "a qualified name");
  t.same(conditions, [
    ["inject.gracekeeper.dev", undefined],
    ["validate.gracekeeper.dev", undefined],
    ["templates.gracekeeper.dev", condition],
    ["warn.gracekeeper.dev", condition],
    ["audit.gracekeeper.dev", condition],
  ]);
  const { expression } = condition[0];
  t.match(
    expression,
    /^request\.operation != "UPDATE" \|\|/,
    "a creation always comes, and has no oldObject",
  );
  const places = ["object.spec.template", "object.template", "object.spec.jobTemplate.spec.template"];
  for (const place of places) t.ok(expression.includes(place), place);
});

t.test("a pod opts out by its label, and is looked at again after another webhook changed it", async (t) => {
  t.same(entry("inject")["objectSelector"].matchExpressions, [
    { key: "gracekeeper.dev/inject", operator: "NotIn", values: ["disabled"] },
  ]);
  t.equal(entry("inject")["reinvocationPolicy"], "IfNeeded");
  for (const one of validating)
    t.equal(one["objectSelector"], undefined, "nobody opts out of being judged by a label");
});

t.test("no CA is in the files: it comes from the certificate that the owner makes", async (t) => {
  for (const file of ["mutating-webhook.yaml", "validating-webhook.yaml"])
    t.notMatch(text(file), /caBundle/, file);
});

t.test("every entry calls the Service that is installed", async (t) => {
  const { metadata, spec } = object("Service");
  for (const { name, clientConfig } of entries) {
    const { namespace, name: service, port = 443 } = clientConfig.service;
    t.same([namespace, service], [metadata.namespace, metadata.name], name);
    t.ok(
      spec.ports.some((one: KubernetesObject) => one["port"] === port),
      name,
    );
  }
});
