import assert from "node:assert/strict";
import type { Api } from "./api.ts";
import type { World } from "./world.ts";

/** The name under which our pods run. */
export const OURSELVES = "system:serviceaccount:gracekeeper:gracekeeper";

const LIST_AND_WATCH = { verbs: ["list", "watch"], apiGroups: [""], resources: ["namespaces"] };

/** What the ServiceAccount of the manifests may do, asked of the API server with its own token. */
export async function checkRights({ report }: Pick<World, "report">, ours: Api): Promise<void> {
  report.section("Rights");
  await report.check("list and watch namespaces, and nothing else that not everybody may", async () => {
    for (const namespace of ["gracekeeper", "default", "kube-system"]) {
      const { status, body } = await ours.post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectRulesReview",
        spec: { namespace },
      });
      assert.equal(status, 201, body.message);
      const rules = body.status.resourceRules.filter(
        ({ apiGroups }: { apiGroups: readonly string[] }) =>
          !apiGroups.every((group) => OPEN.includes(group)),
      );
      assert.deepEqual(rules, [LIST_AND_WATCH], namespace);
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

/** Groups in which everybody may ask about themselves. */
const OPEN = ["authorization.k8s.io", "authentication.k8s.io"];

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
