/**
 * Proves the installation on a real API server. `npm run test:api-server`
 *
 * Starts etcd and kube-apiserver, installs `manifests/`, runs the real server with the token of its ServiceAccount, and
 * sends real requests. Certificates are then checked on a separate cluster (certificates/checks.ts). The checks need
 * openssl, and the binaries that binaries.ts finds or builds. GRACEKEEPER_KUBERNETES chooses the version. The last line
 * is `N passed, N failed`; the exit code is 1 if a check failed.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBinaries, KUBERNETES } from "./binaries.ts";
import { checkCertificates } from "./certificates/checks.ts";
import { OWN } from "./certificates/world.ts";
import { checkApplied } from "./check-applied.ts";
import { checkAway } from "./check-away.ts";
import { checkCallers } from "./check-callers.ts";
import { checkExemptions, checkOptOuts } from "./check-exempt.ts";
import { checkGenerated, type Generated } from "./check-generated.ts";
import { checkInjection } from "./check-injection.ts";
import { checkConnection, checkInstallation, makeNamespaces } from "./check-installation.ts";
import { checkKinds } from "./check-kinds.ts";
import { checkLiving } from "./check-living.ts";
import { checkLog } from "./check-log.ts";
import { checkMatrix, type Matrix } from "./check-matrix.ts";
import { checkModes } from "./check-modes.ts";
import { checkNamespaces } from "./check-namespaces.ts";
import { checkOrder } from "./check-order.ts";
import { checkPreview, checkSilence } from "./check-preview.ts";
import { besideProxies, checkProxies } from "./check-proxies.ts";
import { checkRendered } from "./check-rendered.ts";
import { checkRequests, checkRights, rightsOfEveryone } from "./check-rights.ts";
import { checkStrict, makeViolators } from "./check-strict.ts";
import { Cluster, installFolder } from "./cluster.ts";
import { addsOn, secondConfiguration, takeUp } from "./configurations.ts";
import { installCustomResources } from "./custom-resources.ts";
import { ALL_KINDS } from "./kinds.ts";
import { Mount } from "./mount.ts";
import { checkPages } from "./pages/check-pages.ts";
import { checkPolicies } from "./pages/check-policies.ts";
import { checkKustomizePages } from "./pages/check-quick-start.ts";
import { checkNoEndpoints, checkProbe } from "./probe/check.ts";
import { Gracekeeper } from "./process.ts";
import { Report } from "./report.ts";
import { printSession } from "./session.ts";
import type { World } from "./world.ts";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../..");

const start = performance.now();
const report = new Report();
const cleanUp: (() => Promise<unknown>)[] = [];
await report.finish(async () => {
  try {
    return await main();
  } finally {
    for (const step of cleanUp.reverse()) await step();
  }
});

async function main(): Promise<string> {
  const minor = Number(KUBERNETES.split(".")[1]);
  const folder = await installFolder(REPOSITORY);
  cleanUp.push(() => rm(folder, { recursive: true, force: true }));
  const manifests = join(folder, "manifests");
  const binaries = await findBinaries(KUBERNETES, console.log);
  const cluster = await Cluster.start(binaries, KUBERNETES);
  cleanUp.push(() => cluster.stop());
  const { api } = cluster;
  await installCustomResources(api);
  await makeNamespaces(api);
  const everyone = await rightsOfEveryone(api);
  await checkInstallation({ report, cluster, api }, manifests);
  await checkRendered(report, cluster, REPOSITORY);
  const ours = await cluster.serviceAccount("gracekeeper", "gracekeeper");
  await checkRights({ report }, ours.api, everyone);
  const shipped = await readFile(join(manifests, "config.yaml"), "utf8");
  const mount = await Mount.make(join(folder, "mount"), shipped);
  const gracekeeper = await Gracekeeper.start(join(REPOSITORY, "src/main.ts"), {
    configuration: mount.file,
    certificate: OWN,
    kubeconfig: ours.kubeconfig,
  });
  cleanUp.push(() => gracekeeper.stop());
  const adds = addsOn(minor);
  const world: World = { report, cluster, api, gracekeeper, mount, minor, adds: adds.shipped };
  await checkConnection(world);
  const generated = await asShipped(world, manifests);
  const later = await underAnother({ ...world, adds: adds.second }, manifests);
  await takeUp(world, besideProxies(shipped), false);
  await checkProxies(world);
  await printSession(cluster);
  await checkLog(world);
  await checkRequests(world, ours.api.requests);
  ours.api.close();
  const probed = await renderedWith(cluster, manifests, "components/probe");
  await checkProbe(world, probed, ours.kubeconfig);
  const another = (flags: Readonly<Record<string, string>>) => Cluster.start(binaries, KUBERNETES, flags);
  await checkNoEndpoints(report, another, probed);
  await checkCallers(report, another);
  await checkAway(world);
  await checkCertificates(report, KUBERNETES, false);
  await checkDocumentation();
  return figures(world, generated.matrix, [generated.pods, later]);
}

/** Runs the commands of the documentation pages on a separate cluster. */
async function checkDocumentation(): Promise<void> {
  const cluster = await Cluster.start(await findBinaries(KUBERNETES, console.log), KUBERNETES);
  cleanUp.push(() => cluster.stop());
  const world = { report, cluster, api: cluster.api };
  await checkPolicies(world);
  await checkKustomizePages(world, (place, restore) => checkPages(world, place, restore));
}

async function asShipped(world: World, manifests: string): Promise<{ matrix: Matrix; pods: Generated }> {
  await checkSilence(world, manifests);
  const matrix = await checkMatrix(world);
  await checkModes(world);
  await checkKinds(world);
  await checkLiving(world);
  await checkOptOuts(world);
  await checkInjection(world, "injected");
  await checkApplied(world, "injected");
  const pods = await checkGenerated(world, "injected");
  await makeViolators(world);
  return { matrix, pods };
}

async function underAnother(world: World, manifests: string): Promise<Generated> {
  await takeUp(world, await secondConfiguration(join(manifests, "config.yaml"), world.minor), true);
  await checkStrict(world);
  await checkExemptions(world);
  await checkInjection(world, "injected-later");
  await checkApplied(world, "injected-later");
  await checkOrder(world);
  const pods = await checkGenerated(world, "injected-later");
  await checkNamespaces(world);
  await checkPreview(world);
  return pods;
}

function figures(
  { api, cluster, gracekeeper }: World,
  { cells, byKubectl }: Matrix,
  generated: readonly Generated[],
): string {
  const kinds = ALL_KINDS.map(({ kind }) => kind).join(", ");
  const pods = generated.map(
    (one) => `${one.refusedByPatches} (of ${one.patched} patched, of ${one.pods} generated pods)`,
  );
  return [
    "",
    `Kubernetes ${KUBERNETES}: ${api.requests} requests and ${cluster.kubectlCalls} kubectl commands in ${Math.round((performance.now() - start) / 1000)} s`,
    `matrix: ${cells} cells, ${byKubectl} of them also by kubectl`,
    `kinds covered: ${ALL_KINDS.length} (${kinds})`,
    `reviews answered: ${gracekeeper.decisions.length}`,
    `refused by patches: ${pods.join("; ")}`,
  ].join("\n");
}

/** The objects that kubectl renders with this component. The manifests are restored afterwards. */
async function renderedWith(cluster: Cluster, manifests: string, component: string): Promise<string> {
  const file = join(manifests, "kustomization.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace(`# - ${component}`, `- ${component}`));
  const { code, stdout, stderr } = await cluster.kubectl("kustomize", manifests);
  await writeFile(file, text);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
