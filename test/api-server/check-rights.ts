import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Api, Call } from "./api.ts";
import type { World } from "./world.ts";

/** The name under which our pods run. */
export const OURSELVES = "system:serviceaccount:gracekeeper:gracekeeper";

const LIST_AND_WATCH = { verbs: ["list", "watch"], apiGroups: [""], resources: ["namespaces"] };

const NAMESPACES = ["gracekeeper", "default", "kube-system"];

interface Rules {
  readonly resourceRules: readonly object[];
  readonly nonResourceRules: readonly object[];
}

/** What our ServiceAccount may do before anything is installed: what the API server lets every signed-in user do. */
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

/** The rules of `all` that are not among those of everyone. */
function beyond(everyone: readonly object[], all: readonly object[]): readonly object[] {
  return all.filter((rule) => !everyone.some((one) => isDeepStrictEqual(one, rule)));
}

/** What the ServiceAccount of the manifests may do, asked of the API server with its own token. */
export async function checkRights(
  { report }: Pick<World, "report">,
  ours: Api,
  everyone: Rules,
): Promise<void> {
  report.section("Rights");
  await report.check("list and watch namespaces, and nothing else that not everybody may", async () => {
    for (const namespace of NAMESPACES) {
      const { resourceRules, nonResourceRules } = await rightsIn(namespace, ours);
      assert.deepEqual(beyond(everyone.resourceRules, resourceRules), [LIST_AND_WATCH], namespace);
      assert.deepEqual(beyond(everyone.nonResourceRules, nonResourceRules), [], namespace);
    }
  });
  await report.check(
    "pods, secrets and one namespace by name are refused, and so is every write",
    async () => {
      for (const path of [
        "/api/v1/pods",
        "/api/v1/namespaces/gracekeeper/secrets",
        "/api/v1/namespaces/default",
      ])
        assert.equal((await ours.get(path)).status, 403, path);
      const labelled = await ours.patch("/api/v1/namespaces/default", { metadata: { labels: { a: "b" } } });
      assert.equal(labelled.status, 403);
      assert.equal((await ours.get("/api/v1/namespaces")).status, 200);
      assert.equal((await ours.get("/version")).status, 200);
    },
  );
}

/** What was really asked for under that name, from the audit log. Comes when all else is done. */
export async function checkRequests({ report, cluster }: World, checked: number): Promise<void> {
  await report.check(
    "in all this time gracekeeper only read: versions, namespaces, and pods to preview",
    async () => {
      const events = (await cluster.auditLog())
        .filter(({ user }) => user.username === OURSELVES)
        .slice(checked);
      const asked = events.map(({ verb, requestURI }) => `${verb} ${requestURI.replace(/\?.*$/, "")}`);
      const expected =
        /^(?:get \/version|(?:list|watch) \/api\/v1\/namespaces|list \/api\/v1\/namespaces\/[\w-]+\/pods)$/;
      assert.deepEqual(
        asked.filter((one) => !expected.test(one)),
        [],
      );
      const pods = asked.filter((one) => one.endsWith("/pods")).length;
      return `${asked.length} requests, ${pods} of them for pods`;
    },
  );
}
