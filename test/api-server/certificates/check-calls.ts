import assert from "node:assert/strict";
import { OURSELVES } from "../check-rights.ts";
import type { AuditEvent } from "../cluster.ts";
import type { World } from "./world.ts";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

interface Rule {
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** The permissions of all rules, in the form `patch secrets gracekeeper-ca`. */
function allowed(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ resources, resourceNames = ["(all)"], verbs }) =>
    resources.flatMap((resource) =>
      resourceNames.flatMap((name) => verbs.map((verb) => `${verb} ${resource} ${name}`)),
    ),
  );
}

/**
 * A call to the API server as `VERB RESOURCE NAME`. A list or watch of one object has the name in its field selector.
 */
function called({ verb, requestURI, objectRef, responseStatus }: AuditEvent): string {
  if (objectRef === undefined) return `${verb} ${requestURI}`;
  const selected = new URL(requestURI, "https://server").searchParams.get("fieldSelector");
  const name = objectRef.name ?? selected?.replace(/^metadata\.name=/, "") ?? "(all)";
  // A patch that creates the object also needs the permission `create`.
  const verbs = verb === "patch" && responseStatus?.code === 201 ? "patch,create" : verb;
  return `${verbs} ${objectRef.resource} ${name}`;
}

/** Our account's calls in the audit log. The first `after` entries of the log are skipped. */
async function calls({ cluster }: World, after: number): Promise<readonly AuditEvent[]> {
  return (await cluster.auditLog()).slice(after).filter(({ user }) => user.username === OURSELVES);
}

/**
 * Compares the rules in the cluster with the calls in the audit log since `after`: no rule is unused, and none is
 * missing.
 */
export async function checkCalls(world: World, way: string, after: number): Promise<void> {
  const { report, api } = world;
  await report.check(`${way}: every RBAC rule is used, and every call is allowed by a rule`, async () => {
    const roles = [`${RBAC}/clusterroles/gracekeeper`, `${RBAC}/namespaces/gracekeeper/roles/gracekeeper`];
    const answers = await Promise.all(roles.map((path) => api.get(path)));
    const rules = answers.flatMap(({ status, body }) => (status === 200 ? (body.rules as Rule[]) : []));
    const events = await calls(world, after);
    const counts = new Map<string, number>();
    for (const event of events)
      for (const verb of called(event).split(" ")[0]?.split(",") ?? []) {
        const call = [verb, ...called(event).split(" ").slice(1)].join(" ");
        counts.set(call, (counts.get(call) ?? 0) + 1);
      }
    const rights = allowed(rules);
    const rows = [...new Set([...rights, ...counts.keys()])].map(
      (one) =>
        `        ${rights.includes(one) ? "rule" : "    "}  ${String(counts.get(one) ?? 0).padStart(5)} calls  ${one}`,
    );
    console.log(rows.sort().join("\n"));
    assert.deepEqual(
      rights.filter((right) => !counts.has(right)),
      [],
      "rules that are not used",
    );
    const without = [...counts.keys()].filter((call) => !rights.includes(call));
    assert.deepEqual(without, ["get /version"], "calls without a rule");
    const refused = events.filter(({ responseStatus }) => responseStatus?.code === 403).map(called);
    assert.deepEqual(refused, [], "calls that were refused");
    return `${rights.length} rights, ${events.length} calls`;
  });
}
