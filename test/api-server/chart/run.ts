/**
 * Proves the chart on a real API server, with real Helm: `npm run test:chart`. Each value set is created in a dry run.
 * A release is installed, upgraded, rolled back, tested and uninstalled. An installation from manifests/ becomes a
 * release, and certificates are switched under load. No pod runs in the cluster: the replica and the commands of the
 * hooks' pods run on this machine (hooks.ts). GRACEKEEPER_KUBERNETES chooses the version, HELM the binary.
 */
import { SKIP } from "../../charts/helm.ts";
import { findBinaries, KUBERNETES } from "../binaries.ts";
import { installCertManager } from "../certificates/cert-manager.ts";
import { Cluster } from "../cluster.ts";
import { installCustomResources } from "../custom-resources.ts";
import { checkHelmPages } from "../pages/check-quick-start.ts";
import { Report } from "../report.ts";
import { checkCertificates } from "./check-certificates.ts";
import { checkKustomize } from "./check-kustomize.ts";
import { checkLife } from "./check-life.ts";
import { checkSets } from "./check-sets.ts";
import type { World } from "./world.ts";

/** The custom resources of the Prometheus operator, by their real names, group and version. */
const OPERATOR = [
  { group: "monitoring.coreos.com", version: "v1", kind: "PodMonitor", plural: "podmonitors" },
  { group: "monitoring.coreos.com", version: "v1", kind: "PrometheusRule", plural: "prometheusrules" },
  { group: "monitoring.coreos.com", version: "v1", kind: "ServiceMonitor", plural: "servicemonitors" },
];

const report = new Report();
await report.finish(async () => {
  if (SKIP !== false) throw new Error(SKIP);
  const binaries = await findBinaries(KUBERNETES, console.log);
  await on(checkLife);
  await on(checkKustomize);
  await on(checkCertificates);
  await on(checkHelmPages);
  await on(checkSets);
  return `Kubernetes ${KUBERNETES}`;

  /** Runs a check on a separate cluster, so that checks do not affect each other. */
  async function on(check: (world: World) => Promise<void>): Promise<void> {
    const cluster = await Cluster.start(binaries, KUBERNETES);
    try {
      const { api } = cluster;
      await installCertManager(api);
      await installCustomResources(api, OPERATOR);
      const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
      await api.makeNamespace({ name: "gracekeeper", labels });
      await check({ report, cluster, api });
    } finally {
      await cluster.stop();
    }
  }
});
