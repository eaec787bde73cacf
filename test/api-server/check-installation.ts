import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import type { Api } from "./api.ts";
import { matrixNamespaces } from "./check-matrix.ts";
import { BOTH_LABELS, EXCLUDED, type KubernetesObject, NAMESPACES, pod, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1";
const WEBHOOK_KINDS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"] as const;

/**
 * kubectl reports this object as configured even if nothing changes: it always sends the selector of a
 * PodDisruptionBudget (policy/v1 types.go, patchStrategy replace).
 */
export const ALWAYS_CONFIGURED = ["poddisruptionbudget.policy/gracekeeper configured"];

/** `kubectl apply -k manifests`, as in the README. */
export async function checkInstallation(
  { report, cluster, api }: Pick<World, "report" | "cluster" | "api">,
  manifests: string,
): Promise<void> {
  report.section("Installation");
  await report.check(
    "kubectl apply -k manifests: the API server accepts every object without a warning",
    async () => {
      const { code, stdout, stderr } = await cluster.kubectl("apply", "-k", manifests);
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      const lines = stdout.trim().split("\n");
      assert.ok(
        lines.every((line) => line.endsWith(" created")),
        stdout,
      );
      return `${lines.length} objects`;
    },
  );
  await report.check("a second kubectl apply reports that nothing has changed", async () => {
    const versions = async () => {
      const { stdout } = await cluster.kubectl("get", "-k", manifests, "-o", "json");
      const { items } = JSON.parse(stdout) as { items: KubernetesObject[] };
      return items.map(({ kind, metadata }) => [kind, metadata.resourceVersion]);
    };
    const before = await versions();
    const { code, stdout, stderr } = await cluster.kubectl("apply", "-k", manifests);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(await versions(), before);
    const configured = stdout.split("\n").filter((line) => line !== "" && !line.endsWith(" unchanged"));
    assert.deepEqual(configured, ALWAYS_CONFIGURED);
  });
  await report.check(
    "gracekeeper's pod passes Pod Security `restricted`, which its namespace enforces",
    async () => {
      const { body } = await api.get("/apis/apps/v1/namespaces/gracekeeper/deployments/gracekeeper");
      const { metadata, spec } = body.spec.template;
      const pods = "/api/v1/namespaces/gracekeeper/pods?dryRun=All";
      const own = await api.post(pods, pod("own", spec, metadata));
      assert.equal(own.status, 201, own.body.message);
      assert.deepEqual(own.warnings, []);
      const bad = await api.post(pods, pod("bad", { ...spec, hostNetwork: true }, metadata));
      assert.equal(bad.status, 403, "the level is really enforced");
      assert.match(bad.body.message, /violates PodSecurity "restricted:latest"/);
    },
  );
}

/** Directs the API server's calls to the gracekeeper process on this machine. */
export async function checkConnection(world: World): Promise<void> {
  const { report, minor } = world;
  report.section("Connection");
  await redirect(world);
  await labelExcluded(world);
  await report.check(
    "the API server reaches gracekeeper by its Service name and trusts the published CA",
    async () => {
      const calls = await firstCall(world);
      assert.deepEqual(calls, { "validate.gracekeeper.dev": 1 });
      return `Kubernetes 1.${minor}`;
    },
  );
}

/**
 * The cluster has no nodes, so gracekeeper runs as a process on this machine. The Service leads to this machine
 * (ExternalName), and each entry has the process's port. Everything else is as shipped, including the DNS name in the
 * certificate.
 */
async function redirect({ api, gracekeeper }: World): Promise<void> {
  const service = "/api/v1/namespaces/gracekeeper/services/gracekeeper";
  const moved = await api.patch(service, {
    spec: { type: "ExternalName", externalName: "localhost", clusterIP: null, clusterIPs: null },
  });
  assert.equal(moved.status, 200, moved.body.message);
  for (const kind of WEBHOOK_KINDS) {
    const { body } = await api.get(`${WEBHOOKS}/${kind}/gracekeeper`);
    const operations = body.webhooks.map((_: unknown, index: number) => ({
      op: "add",
      path: `/webhooks/${index}/clientConfig/service/port`,
      value: gracekeeper.port,
    }));
    const path = `${WEBHOOKS}/${kind}/gracekeeper`;
    const patched = await api.patch(path, operations, "application/json-patch+json");
    assert.equal(patched.status, 200, patched.body.message);
  }
}

/** Makes the namespaces of the checks before the installation, because the webhook would deny some of their labels. */
export async function makeNamespaces(api: Api): Promise<void> {
  const ours = Object.entries(NAMESPACES).map(([name, labels]) => ({ name, labels }));
  for (const metadata of [...ours, ...matrixNamespaces()]) {
    const made = await api.makeNamespace(metadata);
    assert.equal(made.status, 201, made.body.message);
  }
}

async function labelExcluded({ api }: World): Promise<void> {
  for (const name of EXCLUDED) {
    // This cluster has no controller that makes kube-public and similar namespaces.
    await api.makeNamespace({ name });
    // Our namespace enforces Pod Security `restricted`. Pod Security is set to `privileged` here, so that only
    // gracekeeper's exclusion has an effect.
    const levels = ["enforce", "warn", "audit"].map((mode) => [
      `pod-security.kubernetes.io/${mode}`,
      "privileged",
    ]);
    const open = Object.fromEntries(levels);
    const labelled = await api.patch(`/api/v1/namespaces/${name}`, {
      metadata: { labels: { ...BOTH_LABELS, ...open } },
    });
    assert.equal(labelled.status, 200, labelled.body.message);
  }
}

/**
 * Repeats a create until the API server has loaded the webhook configurations. Before loading the configurations the
 * API server calls no webhook.
 */
async function firstCall(world: World): Promise<Readonly<Record<string, number>>> {
  for (let tries = 0; tries < 60; tries++) {
    const calls = await callsDuring(world, () =>
      world.api.post("/api/v1/namespaces/enforced/pods?dryRun=All", pod("first", VIOLATING_SPEC)),
    );
    if (Object.keys(calls).length > 0) return calls;
    await wait(250);
  }
  throw new Error(`no call within 15 s. The server said:\n${world.gracekeeper.other.join("\n")}`);
}
