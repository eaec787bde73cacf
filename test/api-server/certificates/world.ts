import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Api } from "../api.ts";
import { findBinaries } from "../binaries.ts";
import { Cluster } from "../cluster.ts";
import { BOTH_LABELS } from "../objects.ts";
import type { Report } from "../report.ts";
import { Balancer } from "./balancer.ts";
import { Checkout, REPOSITORY } from "./installation.ts";
import { LOADED } from "./load.ts";
import { Replicas, type Template } from "./replicas.ts";

export const CONFIGURATIONS = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"] as const;
export const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1";
export const SECRETS = "/api/v1/namespaces/gracekeeper/secrets";

/** A separate cluster, with gracekeeper installed from this checkout, and replicas behind its Service. */
export interface World {
  readonly report: Report;
  readonly cluster: Cluster;
  readonly api: Api;
  readonly checkout: Checkout;
  readonly balancer: Balancer;
  readonly replicas: Replicas;
  readonly kubeconfig: string;
  /** Whether the checks run at full size, which takes a quarter of an hour. */
  readonly full: boolean;
}

export async function startWorld(report: Report, version: string, full: boolean): Promise<World> {
  const cluster = await Cluster.start(await findBinaries(version, console.log), version);
  const checkout = await Checkout.of(REPOSITORY, cluster);
  const balancer = await Balancer.start();
  const replicas = new Replicas(balancer);
  await makeNamespaces(cluster.api);
  const { kubeconfig, api } = await cluster.serviceAccount("gracekeeper", "gracekeeper");
  api.close();
  return { report, cluster, api: cluster.api, checkout, balancer, replicas, kubeconfig, full };
}

export async function stopWorld({ cluster, checkout, balancer, replicas }: World): Promise<void> {
  await replicas.stop();
  balancer.stop();
  await cluster.stop();
  await checkout.remove();
}

/** The certificate options of a replica with own certificates. */
export const OWN: readonly string[] = ["--ca-secret", "gracekeeper-ca"];

export function template(
  { kubeconfig }: World,
  source: string,
  checkout: Checkout,
  certificate: readonly string[],
): Template {
  const configuration = join(checkout.manifests, "config.yaml");
  return { main: join(source, "src/main.ts"), configuration, kubeconfig, certificate };
}

/**
 * Directs the Service and each entry to the balancer, because no pod runs in this cluster. `kubectl apply` keeps the
 * patched fields, because the manifests do not have them.
 */
export async function lead({ api, balancer }: Pick<World, "api" | "balancer">): Promise<void> {
  await api.patch("/api/v1/namespaces/gracekeeper/services/gracekeeper", {
    spec: { type: "ExternalName", externalName: "localhost", clusterIP: null, clusterIPs: null },
  });
  for (const kind of CONFIGURATIONS) {
    const path = `${WEBHOOKS}/${kind}/gracekeeper`;
    const { body } = await api.get(path);
    const operations = body.webhooks.map((_: unknown, index: number) => ({
      op: "add",
      path: `/webhooks/${index}/clientConfig/service/port`,
      value: balancer.port,
    }));
    const { status, body: answer } = await api.patch(path, operations, "application/json-patch+json");
    if (status !== 200) throw new Error(answer.message);
  }
}

/**
 * Creates our namespace with its ServiceAccount, and the namespace for creates. No webhook is installed yet when the
 * namespaces are created.
 */
async function makeNamespaces(api: Api): Promise<void> {
  const objects = {
    "/api/v1/namespaces": [
      { kind: "Namespace", metadata: { name: "gracekeeper" } },
      { kind: "Namespace", metadata: { name: LOADED, labels: BOTH_LABELS } },
    ],
    "/api/v1/namespaces/gracekeeper/serviceaccounts": [
      { kind: "ServiceAccount", metadata: { name: "gracekeeper" } },
    ],
  };
  for (const [path, all] of Object.entries(objects)) {
    for (const object of all) {
      const { status, body } = await api.post(path, { apiVersion: "v1", ...object });
      if (status !== 201) throw new Error(body.message);
    }
  }
}

/** The caBundle of every webhook entry, by the name of the entry. */
export async function bundles({ api }: Pick<World, "api">): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  for (const kind of CONFIGURATIONS) {
    const { body } = await api.get(`${WEBHOOKS}/${kind}/gracekeeper`);
    for (const { name, clientConfig } of body.webhooks)
      all.set(name, Buffer.from(clientConfig.caBundle ?? "", "base64").toString());
  }
  return all;
}

/** Copies the certificate files into `folder`, as the kubelet mounts a Secret into a pod. */
export async function mount(folder: string, from: (file: string) => string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  for (const file of ["tls.crt", "tls.key"]) await writeFile(join(folder, file), await readFile(from(file)));
  return ["--certs-dir", folder];
}
