import t from "tap";
import { serveCommand } from "../../src/cli/serve/command.ts";
import { serveOptions } from "../../src/cli/serve/options.ts";
import { PROBE_ROUTE } from "../../src/server/routes/probe.ts";
import { type KubernetesObject, object, objects, parsed } from "./read.ts";

const [component = {}] = objects("components/probe/kustomization.yaml");
const files = component["resources"].flatMap((file: string) => objects(`components/probe/${file}`));
const [namespace, role, binding]: KubernetesObject[] = files;

/** The JSON patch operations of the component for an installed object of this kind. */
function patch(kind: string): KubernetesObject[] {
  const { patch, target } = component["patches"].find((one: KubernetesObject) => one["target"].kind === kind);
  t.equal(target.name, "gracekeeper");
  return parsed(patch).flat() as KubernetesObject[];
}

t.test("the component probe has a namespace, a Role in it, and two patches", async (t) => {
  t.equal(component["kind"], "Component");
  t.same(
    files.map(({ kind }: KubernetesObject) => kind),
    ["Namespace", "Role", "RoleBinding"],
  );
  t.equal(component["patches"].length, 2);
});

t.test("the entry matches only dry-run creates of Leases in the namespace of the probe", async (t) => {
  const [{ op, path, value: entry } = {}, ...more] = patch("ValidatingWebhookConfiguration");
  t.same([op, path, more], ["add", "/webhooks/-", []]);
  const [first] = object("ValidatingWebhookConfiguration")["webhooks"];
  const { service } = first.clientConfig;
  t.same(entry, {
    name: "probe.gracekeeper.dev",
    clientConfig: { service: { ...service, path: PROBE_ROUTE } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    timeoutSeconds: first.timeoutSeconds,
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    rules: [
      {
        apiGroups: ["coordination.k8s.io"],
        apiVersions: ["v1"],
        operations: ["CREATE"],
        resources: ["leases"],
        scope: "Namespaced",
      },
    ],
    namespaceSelector: {
      matchExpressions: [
        { key: "kubernetes.io/metadata.name", operator: "In", values: [namespace?.["metadata"].name] },
      ],
    },
    matchConditions: [{ name: "dry-run", expression: "has(request.dryRun) && request.dryRun" }],
  });
});

t.test(
  "the component only permits our ServiceAccount to create Leases in the probe's namespace",
  async (t) => {
    const { name } = namespace?.["metadata"] ?? {};
    t.equal(role?.["metadata"].namespace, name);
    t.same(role?.["rules"], [
      { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    ]);
    t.equal(binding?.["metadata"].namespace, name);
    t.same(binding?.["roleRef"], {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: role?.["metadata"].name,
    });
    t.same(binding?.["subjects"], object("ClusterRoleBinding")["subjects"]);
  },
);

t.test("the server is started with the probe's namespace", async (t) => {
  const [container] = object("Deployment")["spec"].template.spec.containers;
  const added = patch("Deployment").map(({ op, path, value }) => {
    t.same([op, path], ["add", "/spec/template/spec/containers/0/args/-"]);
    return value;
  });
  const command = serveCommand().action(() => {});
  const options = serveOptions(
    command.parse([...container.args, ...added].slice(1), { from: "user" }).opts(),
  );
  t.equal(options.probeNamespace, namespace?.["metadata"].name);
});
