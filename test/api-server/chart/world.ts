import assert from "node:assert/strict";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CHART, HELM, type Values } from "../../charts/helm.ts";
import type { Api } from "../api.ts";
import { Balancer } from "../certificates/balancer.ts";
import type { Cluster, Output } from "../cluster.ts";
import type { KubernetesObject } from "../objects.ts";
import { Gracekeeper } from "../process.ts";
import type { Report } from "../report.ts";

export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
export const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1";
export const CONFIGURATIONS = ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"];
const NAMESPACE = "/api/v1/namespaces/gracekeeper";
export const DEPLOYMENT = "/apis/apps/v1/namespaces/gracekeeper/deployments/gracekeeper";
export const SECRET = `${NAMESPACE}/secrets/gracekeeper-ca`;

export interface World {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly api: Api;
}

/** `helm COMMAND gracekeeper ...` in the namespace gracekeeper, with values where the command takes some. */
export async function release({ cluster }: World, command: string, values?: Values): Promise<Output> {
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-chart-"));
  await writeFile(join(folder, "values.yaml"), JSON.stringify(values ?? {}));
  const [verb, ...flags] = command.split(" ");
  const chart = values === undefined ? [] : [CHART, "--values", "values.yaml"];
  const words = [HELM, verb, "gracekeeper", ...chart, "--namespace", "gracekeeper", ...flags];
  return cluster.shell(folder, words.join(" "));
}

/** The same, and it must succeed. */
export async function done(world: World, command: string, values?: Values): Promise<string> {
  const { code, stdout, stderr } = await release(world, command, values);
  assert.equal(code, 0, `helm ${command}\n${stdout}${stderr}`);
  return stdout;
}

/** A real replica with own certificates and the rights of the release, which the API server reaches at a port of this machine. */
export async function startReplica({ cluster, api }: World, configuration: string) {
  const balancer = await Balancer.start();
  const account = await cluster.serviceAccount("gracekeeper", "gracekeeper");
  account.api.close();
  await lead(api, balancer.port);
  const replica = await Gracekeeper.start(join(REPOSITORY, "src/main.ts"), {
    configuration,
    certificate: ["--ca-secret", "gracekeeper-ca"],
    kubeconfig: account.kubeconfig,
  });
  balancer.add(replica.port);
  return {
    /** Once more, for webhook configurations that were made anew. */
    lead: () => lead(api, balancer.port),
    stop: async () => {
      balancer.stop();
      await replica.stop();
    },
  };
}

async function lead(api: Api, port: number): Promise<void> {
  await api.patch(`${NAMESPACE}/services/gracekeeper`, {
    spec: { type: "ExternalName", externalName: "localhost", clusterIP: null, clusterIPs: null },
  });
  for (const kind of CONFIGURATIONS) {
    const { body } = await api.get(`${WEBHOOKS}/${kind}/gracekeeper`);
    const operations = body.webhooks.map((_: unknown, index: number) => ({
      op: "add",
      path: `/webhooks/${index}/clientConfig/service/port`,
      value: port,
    }));
    const { status, body: answer } = await api.patch(
      `${WEBHOOKS}/${kind}/gracekeeper`,
      operations,
      "application/json-patch+json",
    );
    assert.equal(status, 200, answer.message);
  }
}

/** caBundle of every entry that has one. */
export async function bundles({ api }: World): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = {};
  for (const kind of CONFIGURATIONS) {
    const { body } = await api.get(`${WEBHOOKS}/${kind}/gracekeeper`);
    for (const { name, clientConfig } of body.webhooks as KubernetesObject[]) {
      if (clientConfig.caBundle !== undefined) all[name] = clientConfig.caBundle;
    }
  }
  return all;
}

const KINDS = [
  ...["serviceaccounts", "secrets", "configmaps", "services", "pods", "deployments", "jobs"],
  ...["roles", "rolebindings", "clusterroles", "clusterrolebindings", "networkpolicies"],
  ...["poddisruptionbudgets", "namespaces", ...CONFIGURATIONS],
];

/** Everything in the cluster that has our name or is of Helm, as `Kind namespace/name`, sorted. */
export async function traces({ cluster }: World): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cluster.kubectl("get", KINDS.join(), "-A", "-o", "json");
  assert.equal(code, 0, stderr);
  const { items } = JSON.parse(stdout) as { items: KubernetesObject[] };
  return items
    .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`)
    .filter((name) => /gracekeeper/.test(name))
    .sort();
}
