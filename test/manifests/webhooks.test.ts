import t from "tap";
import { CUSTOM_RESOURCES } from "./custom-resources.ts";
import { BUILT_IN_GROUPS, deviations, exclusionOf, LONGEST_TIMEOUT_SECONDS } from "./entry-policy.ts";
import { type KubernetesObject, object, text } from "./read.ts";

const OWN = "gracekeeper";
const EXCLUDED = exclusionOf(OWN);

const BUILT_IN = [
  "apps/daemonsets",
  "apps/deployments",
  "apps/replicasets",
  "apps/statefulsets",
  "batch/cronjobs",
  "batch/jobs",
  "podtemplates",
  "replicationcontrollers",
];

const CUSTOM = CUSTOM_RESOURCES.map(({ group, resource }) => `${group}/${resource}`);

/** Entries for namespaces, and entries for workloads in labelled namespaces. */
const NAMESPACE_ENTRIES = ["namespace", "namespace-inject"];
const WORKLOAD_ENTRIES = ["templates", "warn", "audit"];

const mutating: readonly KubernetesObject[] = object("MutatingWebhookConfiguration")["webhooks"];
const validating: readonly KubernetesObject[] = object("ValidatingWebhookConfiguration")["webhooks"];
const entries = [...mutating, ...validating];

/** Selects the entry's rules that have exactly these operations. Returns their resources as `group/resource`. */
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

/** The label requirements of an entry's namespaceSelector, without the exclusion by name. */
const labels = (name: string) =>
  entry(name)["namespaceSelector"].matchExpressions.filter(
    ({ key }: KubernetesObject) => key !== EXCLUDED.key,
  );

/**
 * Whether an entry's namespaceSelector matches these labels (apimachinery pkg/labels/selector.go
 * `Requirement.Matches`).
 */
function selects(name: string, labels: Readonly<Record<string, string>>): boolean {
  return entry(name)["namespaceSelector"].matchExpressions.every(
    ({ key, operator, values }: KubernetesObject) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      if (operator === "In") return value !== undefined && values.includes(value);
      return value === undefined || !values.includes(value);
    },
  );
}

t.test("the order of entries is fixed, because patches of owners use indices", async (t) => {
  const names = validating.map(({ name }) => name.replace(".gracekeeper.dev", ""));
  t.same(names, ["validate", ...WORKLOAD_ENTRIES, ...NAMESPACE_ENTRIES]);
  const patch = /# {2,}patches:\n(?:# +.*\n)*/.exec(text("validating-webhook.yaml"))?.[0] ?? "";
  const patched = [...patch.matchAll(/\/webhooks\/(\d)\/rules/g)].map(([, index]) => names[Number(index)]);
  t.same(patched, WORKLOAD_ENTRIES);
});

t.test("every webhook entry has narrow rules, a short timeout and no side effects", async (t) => {
  for (const one of entries) {
    const name: string = one["name"];
    t.same(deviations(one, OWN), []);
    t.equal(one["failurePolicy"], "Ignore", name);
    t.ok(one["timeoutSeconds"] >= 1 && one["timeoutSeconds"] <= LONGEST_TIMEOUT_SECONDS, name);
  }
});

t.test("entry names are short, because denials print them, and are unique with three segments", async (t) => {
  const names = entries.map((one) => one["name"] as string);
  t.same(names, [
    "inject.gracekeeper.dev",
    "validate.gracekeeper.dev",
    "templates.gracekeeper.dev",
    "warn.gracekeeper.dev",
    "audit.gracekeeper.dev",
    "namespace.gracekeeper.dev",
    "namespace-inject.gracekeeper.dev",
  ]);
});

t.test("each entry selects its own labels and has its own path", async (t) => {
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
  t.same(labels("namespace"), [{ key: validate, operator: "Exists" }]);
  t.same(labels("namespace-inject"), [
    { key: "gracekeeper.dev/inject", operator: "Exists" },
    { key: validate, operator: "DoesNotExist" },
  ]);
  const paths = entries.map(({ clientConfig }) => clientConfig.service.path);
  t.same(paths, [
    "/mutate",
    "/validate/enforce",
    "/validate/enforce",
    "/validate/warn",
    "/validate/audit",
    "/validate/namespace",
    "/validate/namespace",
  ]);
});

t.test("no combination of namespace labels makes two entries match the same call", async (t) => {
  const values = (key: string, ...some: readonly string[]) => [
    {},
    ...some.map((value) => ({ [key]: value })),
  ];
  for (const validate of values(
    "gracekeeper.dev/validate",
    "enforce",
    "warn",
    "audit",
    "off",
    "enfroce",
    "",
  )) {
    for (const inject of values("gracekeeper.dev/inject", "enabled", "disabled", "")) {
      const labels: Record<string, string> = { ...validate, ...inject };
      const called = (names: readonly string[]) => names.filter((name) => selects(name, labels)).length;
      const said = JSON.stringify(labels);
      const mode = labels["gracekeeper.dev/validate"];
      const judged = mode === undefined || mode === "off" ? 0 : 1;
      t.equal(called(["validate", "warn", "audit"]), judged, `pods: ${said}`);
      t.equal(called(WORKLOAD_ENTRIES), judged, `workloads: ${said}`);
      t.equal(called(NAMESPACE_ENTRIES), Object.keys(labels).length === 0 ? 0 : 1, `the namespace: ${said}`);
    }
  }
});

t.test("entries for pods match only creates", async (t) => {
  for (const name of ["inject", "validate", "warn", "audit"]) {
    t.same(resources(entry(name), ["CREATE"]), ["pods"], name);
  }
  t.same(resources(entry("templates"), ["CREATE"]), []);
});

t.test("workloads are validated on create and update, and never mutated", async (t) => {
  for (const name of WORKLOAD_ENTRIES) {
    t.same(resources(entry(name), ["CREATE", "UPDATE"]), [...BUILT_IN, ...CUSTOM].sort(), name);
  }
  for (const name of ["inject", "validate"]) t.same(resources(entry(name), ["CREATE", "UPDATE"]), [], name);
  for (const one of entries) {
    for (const { operations } of one["rules"])
      t.ok(["CREATE", "CREATE,UPDATE"].includes(operations.join()), one["name"]);
  }
});

t.test("the entries of the three modes have equal rules for workloads", async (t) => {
  const [templates, ...others] = WORKLOAD_ENTRIES.map((name) =>
    entry(name)["rules"].filter(({ resources }: KubernetesObject) => resources.join() !== "pods"),
  );
  t.equal(
    templates.length,
    BUILT_IN_GROUPS.length + new Set(CUSTOM_RESOURCES.map(({ group }) => group)).size,
  );
  for (const rules of others) t.same(rules, templates);
});

t.test("the entries for namespaces match creates and updates", async (t) => {
  for (const name of NAMESPACE_ENTRIES) {
    t.same(resources(entry(name), ["CREATE", "UPDATE"]), ["namespaces"], name);
    t.equal(entry(name)["rules"].length, 1, name);
  }
});

t.test(
  "all entries use the same matchConditions, which let an update pass if no relevant field changed",
  async (t) => {
    const conditions = entries.map(({ name, matchConditions }) => [name, matchConditions]);
    const template = entry("templates")["matchConditions"];
    const ours = entry("namespace")["matchConditions"];
    t.same(conditions, [
      ["inject.gracekeeper.dev", undefined],
      ["validate.gracekeeper.dev", undefined],
      ["templates.gracekeeper.dev", template],
      ["warn.gracekeeper.dev", template],
      ["audit.gracekeeper.dev", template],
      ["namespace.gracekeeper.dev", ours],
      ["namespace-inject.gracekeeper.dev", ours],
    ]);
    for (const [condition, ...more] of [template, ours]) {
      t.same(more, []);
      t.match(condition.name, /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, "a qualified name");
      t.match(
        condition.expression,
        /^request\.operation != "UPDATE" \|\|/,
        "a creation always comes, and has no oldObject",
      );
      t.notMatch(
        condition.expression,
        /\.\?|optional|namespaceObject|variables|cel\.bind/,
        "nothing that 1.28 has not",
      );
    }
    t.not(template[0].name, ours[0].name);
  },
);

t.test(
  "a change of the template of a built-in kind, or of the spec of a custom resource, meets matchConditions",
  async (t) => {
    const { expression } = entry("templates")["matchConditions"][0];
    const places = ["object.spec.template", "object.template", "object.spec.jobTemplate.spec.template"];
    for (const place of places) t.ok(expression.includes(place), place);
    const [groups = "[]", ...others] = expression.match(/\[.*?\]/g);
    t.same(JSON.parse(groups), BUILT_IN_GROUPS, "by the group as a whole: batch.volcano.sh has Jobs, too");
    t.same(others, []);
    t.ok(
      expression.indexOf("request.kind.group") < expression.indexOf("request.kind.kind"),
      "before any kind",
    );
    for (const field of ["object.spec", "object.template", "object.spec.template"]) {
      t.ok(expression.includes(`has(${field}) != has(oldO${field.slice(1)})`), `${field} may be absent`);
      t.ok(
        expression.includes(`(has(${field}) && ${field} != oldO${field.slice(1)})`),
        `${field} may be absent`,
      );
    }
  },
);

t.test("the matchCondition compares our labels and annotations, and works without any", async (t) => {
  const { expression } = entry("namespace")["matchConditions"][0];
  for (const map of ["labels", "annotations"]) {
    for (const object of ["object", "oldObject"]) {
      const field = `${object}.metadata.${map}`;
      t.ok(expression.includes(`has(${field}) ? ${field} : {}`), field);
      t.equal(expression.split(field).length - 1, 2, `${field} is read nowhere else`);
    }
  }
  t.ok(expression.includes('startsWith("gracekeeper.dev/")'));
  t.match(
    expression,
    /size\(pair\[0\]\) \+ size\(pair\[1\]\) > 1000 \|\|/,
    "looking at each key has a limit",
  );
});

t.test(
  "a label excludes a pod from injection, and injection runs again after another webhook's change",
  async (t) => {
    t.same(entry("inject")["objectSelector"].matchExpressions, [
      { key: "gracekeeper.dev/inject", operator: "NotIn", values: ["disabled"] },
    ]);
    t.equal(entry("inject")["reinvocationPolicy"], "IfNeeded");
    for (const one of validating)
      t.equal(one["objectSelector"], undefined, "nobody opts out of being judged by a label");
  },
);

t.test("the manifests have no caBundle", async (t) => {
  for (const file of ["mutating-webhook.yaml", "validating-webhook.yaml"])
    t.notMatch(text(file), /caBundle/, file);
});

t.test("every entry calls the installed Service", async (t) => {
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
