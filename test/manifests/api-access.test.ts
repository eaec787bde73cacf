import t from "tap";
import { byKind, type KubernetesObject, object, withComponents } from "./read.ts";

const NAMESPACES = { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] };
const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
const CONFIGURATIONS = {
  apiGroups: ["admissionregistration.k8s.io"],
  resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
  resourceNames: ["gracekeeper"],
  verbs: ["list", "watch", "patch"],
};
const CA_SECRET = {
  apiGroups: [""],
  resources: ["secrets"],
  resourceNames: ["gracekeeper-ca"],
  verbs: ["list", "watch", "patch", "create"],
};

/**
 * Ports of API servers behind the Service `kubernetes`: in managed clusters, with kubeadm and similar tools, and in
 * minikube.
 */
const API_SERVER_PORTS = [443, 6443, 8443];

/** Kinds that grant permissions. */
const RIGHTS = ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

type Objects = ReadonlyMap<string, KubernetesObject>;

/** The rules of all roles among these objects. */
const rules = (objects: Objects) =>
  RIGHTS.flatMap((kind) => [...objects.values()].filter((one) => one["kind"] === kind)).flatMap(
    (role) => role["rules"] ?? [],
  );

const token = (objects: Objects) =>
  objects.get("Deployment")?.["spec"].template.spec.automountServiceAccountToken;

/** The expected RBAC rules for a choice of components, and whether pods mount a token. */
const COMBINATIONS: readonly (readonly [
  components: readonly string[],
  rules: readonly object[],
  token: boolean,
])[] = [
  [[], [CA_SECRET, NAMESPACES, CONFIGURATIONS], true],
  [["preview"], [CA_SECRET, NAMESPACES, CONFIGURATIONS, PODS], true],
  [["cert-manager"], [NAMESPACES], true],
  [["cert-manager", "preview"], [NAMESPACES, PODS], true],
  [["cert-manager", "no-api-access"], [], false],
  [["certificate-files"], [NAMESPACES], true],
  [["certificate-files", "preview"], [NAMESPACES, PODS], true],
  [["certificate-files", "no-api-access"], [], false],
];

for (const [components, expected, mounted] of COMBINATIONS) {
  const name = components.length === 0 ? "as shipped" : components.join(", ");
  t.test(`${name}: ${expected.length} rules, and ${mounted ? "a" : "no"} token`, async (t) => {
    const changed = withComponents(...components);
    t.same(rules(changed), expected);
    t.equal(token(changed), mounted);
    const kinds = RIGHTS.filter((kind) => changed.has(kind));
    const roles = expected.includes(CA_SECRET) ? ["Role", "RoleBinding"] : [];
    t.same(kinds, [...roles, ...(mounted ? ["ClusterRole", "ClusterRoleBinding"] : [])]);
  });
}

t.test("every RBAC rule except for namespaces and pods has resourceNames", async (t) => {
  for (const rule of rules(withComponents("preview"))) {
    const read = ["namespaces", "pods"].includes(rule.resources[0]);
    t.equal(rule.resourceNames?.length, read ? undefined : 1, rule.resources.join());
    for (const verb of rule.verbs) if (read) t.ok(["list", "watch"].includes(verb), verb);
  }
});

t.test("each role is bound only to the ServiceAccount of the pods", async (t) => {
  const { name, namespace } = object("ServiceAccount")["metadata"];
  for (const kind of ["Role", "ClusterRole"]) {
    const role = object(kind);
    const binding = object(`${kind}Binding`);
    t.same(binding["subjects"], [{ kind: "ServiceAccount", name, namespace }]);
    t.same(binding["roleRef"], { apiGroup: "rbac.authorization.k8s.io", kind, name: role["metadata"].name });
    t.equal(role["aggregationRule"], undefined, "it takes no rules from others by a label");
    t.notMatch(JSON.stringify(role["metadata"].labels), /aggregate-to/, "and gives none to others");
  }
  t.equal(object("Deployment")["spec"].template.spec.serviceAccountName, name);
});

t.test("the ServiceAccount does not mount its token; the pod spec does", async (t) => {
  t.equal(token(byKind), true);
  t.equal(object("ServiceAccount")["automountServiceAccountToken"], false);
});

t.test("the pod can only call ports that API servers have", async (t) => {
  const { policyTypes, egress } = object("NetworkPolicy")["spec"];
  t.same(policyTypes, ["Ingress", "Egress"]);
  t.same(egress, [{ ports: API_SERVER_PORTS.map((port) => ({ protocol: "TCP", port })) }]);
});

t.test("the component preview adds the right to list pods, and changes nothing else", async (t) => {
  const changed = withComponents("preview");
  const rulesNow = [...object("ClusterRole")["rules"], PODS];
  t.same(changed.get("ClusterRole"), { ...object("ClusterRole"), rules: rulesNow });
  t.same(without(changed, "ClusterRole"), without(byKind, "ClusterRole"));
});

t.test("the component no-api-access removes all egress and changes nothing else", async (t) => {
  const mounted = withComponents("certificate-files");
  const changed = withComponents("certificate-files", "no-api-access");
  const policy = changed.get("NetworkPolicy")?.["spec"];
  t.equal(policy.egress, undefined);
  t.same(policy.policyTypes, ["Ingress", "Egress"], "Egress without a rule: nothing goes out");
  policy.egress = object("NetworkPolicy")["spec"].egress;
  const pod = changed.get("Deployment")?.["spec"].template.spec;
  pod.automountServiceAccountToken = true;
  t.same(without(changed), without(mounted, "ClusterRole", "ClusterRoleBinding"), "nothing else is changed");
});

t.test(
  "the component no-api-access is refused with own certificates or before other components",
  async (t) => {
    t.throws(() => withComponents("no-api-access"), /args\/1|"--ca-secret"|test/i);
    t.throws(() => withComponents("no-api-access", "certificate-files"));
  },
);

function without(objects: Objects, ...left: readonly string[]): unknown {
  return [...objects].filter(([kind]) => !left.includes(kind));
}
