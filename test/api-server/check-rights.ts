import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Api, Call } from "./api.ts";
import type { World } from "./world.ts";

/** The user name of our pods. */
export const OURSELVES = "system:serviceaccount:gracekeeper:gracekeeper";

/** The rules of manifests/rbac.yaml, in the form of a SelfSubjectRulesReview. */
const EVERYWHERE = [
  { verbs: ["list", "watch"], apiGroups: [""], resources: ["namespaces"] },
  {
    verbs: ["list", "watch", "patch"],
    apiGroups: ["admissionregistration.k8s.io"],
    resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    resourceNames: ["gracekeeper"],
  },
];
const AT_HOME = {
  verbs: ["list", "watch", "patch", "create"],
  apiGroups: [""],
  resources: ["secrets"],
  resourceNames: ["gracekeeper-ca"],
};

const NAMESPACES = ["gracekeeper", "default", "kube-system"];

interface Rules {
  readonly resourceRules: readonly object[];
  readonly nonResourceRules: readonly object[];
}

/** The permissions of every authenticated user. Before the installation our ServiceAccount has no other permissions. */
export async function rightsOfEveryone(api: Api): Promise<Rules> {
  const groups = ["system:serviceaccounts", "system:serviceaccounts:gracekeeper", "system:authenticated"];
  return rightsIn("default", api, { as: { user: OURSELVES, groups } });
}

async function rightsIn(namespace: string, api: Api, call: Call = {}): Promise<Rules> {
  const review = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    spec: { namespace },
  };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const { status, body } = await api.post(path, review, call);
  assert.equal(status, 201, body.message);
  return body.status;
}

/** The RBAC rules in `all` that `everyone` lacks. */
function beyond(everyone: readonly object[], all: readonly object[]): readonly object[] {
  return all.filter((rule) => !everyone.some((one) => isDeepStrictEqual(one, rule)));
}

/** The permissions of the ServiceAccount of the manifests, as the API server reports them for its token. */
export async function checkRights(
  { report }: Pick<World, "report">,
  ours: Api,
  everyone: Rules,
): Promise<void> {
  report.section("Rights");
  await report.check(
    "the ServiceAccount has the permissions of the manifests, besides those of every user",
    async () => {
      for (const namespace of NAMESPACES) {
        const { resourceRules, nonResourceRules } = await rightsIn(namespace, ours);
        const expected = namespace === "gracekeeper" ? [...EVERYWHERE, AT_HOME] : EVERYWHERE;
        assert.deepEqual(
          new Set(beyond(everyone.resourceRules, resourceRules)),
          new Set(expected),
          namespace,
        );
        assert.deepEqual(beyond(everyone.nonResourceRules, nonResourceRules), [], namespace);
      }
    },
  );
  await report.check(
    "reading pods, other Secrets or a namespace by name is forbidden, and so is every other write",
    async () => {
      for (const path of [
        "/api/v1/pods",
        "/api/v1/namespaces/gracekeeper/secrets",
        "/api/v1/namespaces/gracekeeper/secrets/gracekeeper-tls",
        "/api/v1/secrets?fieldSelector=metadata.name%3Dgracekeeper-ca",
        "/api/v1/namespaces/default/secrets?fieldSelector=metadata.name%3Dgracekeeper-ca",
        "/api/v1/namespaces/default",
      ])
        assert.equal((await ours.get(path)).status, 403, path);
      const labelled = await ours.patch("/api/v1/namespaces/default", { metadata: { labels: { a: "b" } } });
      assert.equal(labelled.status, 403);
      const secrets = "/api/v1/namespaces/gracekeeper/secrets";
      const posted = { apiVersion: "v1", kind: "Secret", metadata: { name: "gracekeeper-ca" } };
      assert.equal((await ours.post(secrets, posted)).status, 403, "a POST has no name");
      assert.equal((await ours.patch(`${secrets}/gracekeeper-tls`, { data: null })).status, 403);
      assert.equal((await ours.delete(`${secrets}/gracekeeper-ca`)).status, 403);
      const selected = `${secrets}?fieldSelector=metadata.name%3Dgracekeeper-ca`;
      assert.equal((await ours.get(selected)).status, 200);
      assert.equal((await ours.get("/api/v1/namespaces")).status, 200);
      assert.equal((await ours.get("/version")).status, 200);
    },
  );
}

const EXPECTED: readonly RegExp[] = [
  /^get \/version$/,
  /^(?:list|watch) \/api\/v1\/namespaces$/,
  /^list \/api\/v1\/namespaces\/[\w-]+\/pods$/,
  /^(?:list|watch) \/api\/v1\/namespaces\/gracekeeper\/secrets$/,
  /^patch \/api\/v1\/namespaces\/gracekeeper\/secrets\/gracekeeper-ca$/,
  /^(?:list|watch) \/apis\/admissionregistration\.k8s\.io\/v1\/(?:mutating|validating)webhookconfigurations$/,
  /^patch \/apis\/admissionregistration\.k8s\.io\/v1\/(?:mutating|validating)webhookconfigurations\/gracekeeper$/,
];

/** All calls of our ServiceAccount, from the audit log. Runs last, so that the log is complete. */
export async function checkRequests({ report, cluster }: World, checked: number): Promise<void> {
  await report.check(
    "in all checks gracekeeper only read versions, namespaces and pods, and wrote its CA and caBundle",
    async () => {
      const events = (await cluster.auditLog())
        .filter(({ user }) => user.username === OURSELVES)
        .slice(checked);
      const asked = events.map(({ verb, requestURI }) => `${verb} ${requestURI.replace(/\?.*$/, "")}`);
      assert.deepEqual(
        asked.filter((one) => !EXPECTED.some((expected) => expected.test(one))),
        [],
      );
      const pods = asked.filter((one) => one.endsWith("/pods")).length;
      return `${asked.length} requests, ${pods} of them for pods`;
    },
  );
}
