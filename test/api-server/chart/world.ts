import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHART, HELM, type Values } from "../../charts/helm.ts";
import type { Api } from "../api.ts";
import { Balancer } from "../certificates/balancer.ts";
import { CONFIGURATIONS, lead } from "../certificates/world.ts";
import type { Cluster, Output } from "../cluster.ts";
import { Gracekeeper } from "../process.ts";
import type { Report } from "../report.ts";

export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const NAMESPACE = "/api/v1/namespaces/gracekeeper";
export const DEPLOYMENT = "/apis/apps/v1/namespaces/gracekeeper/deployments/gracekeeper";
export const SECRET = `${NAMESPACE}/secrets/gracekeeper-ca`;

export interface World {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly api: Api;
}

/** `helm COMMAND gracekeeper ...` in the namespace gracekeeper, with values if the command accepts them. */
export async function release({ cluster }: World, command: string, values?: Values): Promise<Output> {
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-chart-"));
  await writeFile(join(folder, "values.yaml"), JSON.stringify(values ?? {}));
  const [verb, ...flags] = command.split(" ");
  const chart = values === undefined ? [] : [CHART, "--values", "values.yaml"];
  const words = [HELM, verb, "gracekeeper", ...chart, "--namespace", "gracekeeper", ...flags];
  return cluster.shell(folder, words.join(" "));
}

/** Runs `helm` and fails if its exit code is not 0. */
export async function done(world: World, command: string, values?: Values): Promise<string> {
  const { code, stdout, stderr } = await release(world, command, values);
  assert.equal(code, 0, `helm ${command}\n${stdout}${stderr}`);
  return stdout;
}

/**
 * A real replica with own certificates and the permissions of the release. The API server reaches the replica at a port
 * of this machine.
 */
export async function startReplica({ cluster, api }: World, configuration: string) {
  const balancer = await Balancer.start();
  const account = await cluster.serviceAccount("gracekeeper", "gracekeeper");
  account.api.close();
  await lead({ api, balancer });
  const replica = await Gracekeeper.start(join(REPOSITORY, "src/main.ts"), {
    configuration,
    certificate: ["--ca-secret", "gracekeeper-ca"],
    kubeconfig: account.kubeconfig,
  });
  balancer.add(replica.port);
  return {
    /** Directs the entries to the replica. Webhook configurations that were created anew need the target again. */
    lead: () => lead({ api, balancer }),
    stop: async () => {
      balancer.stop();
      await replica.stop();
    },
  };
}

const KINDS = [
  ...["serviceaccounts", "secrets", "configmaps", "services", "pods", "deployments", "jobs"],
  ...["roles", "rolebindings", "clusterroles", "clusterrolebindings", "networkpolicies"],
  ...["poddisruptionbudgets", "namespaces", ...CONFIGURATIONS],
];

/** All objects that have our name or that Helm created, as sorted lines `Kind namespace/name`. */
export async function traces({ cluster }: World): Promise<readonly string[]> {
  // The output has columns instead of JSON, because the release Secrets of Helm are large.
  const columns = "custom-columns=:.kind,:.metadata.namespace,:.metadata.name";
  const { code, stdout, stderr } = await cluster.kubectl("get", KINDS.join(), "-A", "-o", columns);
  assert.equal(code, 0, stderr);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/ +/))
    .map(([kind, namespace, name]) => `${kind} ${namespace === "<none>" ? "" : namespace}/${name}`)
    .filter((line) => /gracekeeper/.test(line))
    .sort();
}
