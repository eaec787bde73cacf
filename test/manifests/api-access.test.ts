import t from "tap";
import { byKind, type KubernetesObject, object, withComponent } from "./read.ts";

const NAMESPACES = { apiGroups: [""], resources: ["namespaces"], verbs: ["list", "watch"] };
const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };

/** Ports of API servers behind the Service `kubernetes`: managed clusters, kubeadm and its like, minikube. */
const API_SERVER_PORTS = [443, 6443, 8443];

/** A kind that could give rights; those we use are two of them. */
const RIGHTS = ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"];

const kinds = (objects: ReadonlyMap<string, KubernetesObject>) => RIGHTS.filter((kind) => objects.has(kind));

t.test("it may list and watch namespaces, and nothing else", async (t) => {
  t.same(kinds(byKind), ["ClusterRole", "ClusterRoleBinding"]);
  const role = object("ClusterRole");
  t.same(role["rules"], [NAMESPACES]);
  t.equal(role["aggregationRule"], undefined, "nobody adds to it by a label");
  t.notMatch(JSON.stringify(role["metadata"].labels), /aggregate-to/, "and it adds to nobody's role");
});

t.test("the role is bound to the account that the pods run under, and to no one else", async (t) => {
  const { metadata } = object("ServiceAccount");
  const binding = object("ClusterRoleBinding");
  const { name, namespace } = metadata;
  t.same(binding["subjects"], [{ kind: "ServiceAccount", name, namespace }]);
  const roleName = object("ClusterRole")["metadata"].name;
  t.same(binding["roleRef"], {
    apiGroup: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    name: roleName,
  });
  t.equal(object("Deployment")["spec"].template.spec.serviceAccountName, name);
});

t.test("the pods mount the token; the account itself hands it to nobody", async (t) => {
  t.equal(object("Deployment")["spec"].template.spec.automountServiceAccountToken, true);
  t.equal(object("ServiceAccount")["automountServiceAccountToken"], false);
});

t.test("out of the pod go only calls to ports that API servers have", async (t) => {
  const { policyTypes, egress } = object("NetworkPolicy")["spec"];
  t.same(policyTypes, ["Ingress", "Egress"]);
  t.same(egress, [{ ports: API_SERVER_PORTS.map((port) => ({ protocol: "TCP", port })) }]);
});

t.test("the component preview adds the right to list pods, and changes nothing else", async (t) => {
  const changed = withComponent("preview");
  t.same(changed.get("ClusterRole"), { ...object("ClusterRole"), rules: [NAMESPACES, PODS] });
  t.same(without(changed, "ClusterRole"), without(byKind, "ClusterRole"));
});

t.test(
  "the component no-api-access leaves no token, no role and no way out, and the rest as it is",
  async (t) => {
    const changed = withComponent("no-api-access");
    t.same(kinds(changed), []);
    const pod = changed.get("Deployment")?.["spec"].template.spec;
    t.equal(pod.automountServiceAccountToken, false);
    const policy = changed.get("NetworkPolicy")?.["spec"];
    t.equal(policy.egress, undefined);
    t.same(policy.policyTypes, ["Ingress", "Egress"], "Egress without a rule: nothing goes out");
    pod.automountServiceAccountToken = true;
    policy.egress = object("NetworkPolicy")["spec"].egress;
    t.same(without(changed), without(byKind, "ClusterRole", "ClusterRoleBinding"), "nothing else is changed");
  },
);

function without(objects: ReadonlyMap<string, KubernetesObject>, ...left: readonly string[]): unknown {
  return [...objects].filter(([kind]) => !left.includes(kind));
}
