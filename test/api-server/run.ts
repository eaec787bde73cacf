/**
 * Proves the installation on a real API server. `npm run test:api-server`
 *
 * Starts etcd and kube-apiserver, installs `manifests/` with a certificate from `certs/make.sh`, runs the real server, and
 * sends real requests. Needs openssl; for the rest see binaries.ts. GRACEKEEPER_KUBERNETES chooses the version.
 * Ends with `N passed, N failed`; exit code 1 where anything failed.
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBinaries } from "./binaries.ts";
import { checkAway } from "./check-away.ts";
import { checkCertificates } from "./check-certificates.ts";
import { checkGenerated, type Generated } from "./check-generated.ts";
import { checkInjection } from "./check-injection.ts";
import { checkInstallation } from "./check-installation.ts";
import { checkKinds } from "./check-kinds.ts";
import { checkLiving } from "./check-living.ts";
import { checkLog } from "./check-log.ts";
import { checkModes } from "./check-modes.ts";
import { Cluster, installFolder } from "./cluster.ts";
import { KINDS } from "./objects.ts";
import { Gracekeeper } from "./process.ts";
import { Report } from "./report.ts";
import { printSession } from "./session.ts";
import type { World } from "./world.ts";

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), "../..");
const VERSION = process.env["GRACEKEEPER_KUBERNETES"] || "1.36.3";

const FIRST_MINOR_WITH_SLEEP = 30;
const FIRST_MINOR_WITH_SLEEP_EVERYWHERE = 33;

const report = new Report();
const cleanUp: (() => Promise<unknown>)[] = [];
let summary = "";
try {
  summary = await main();
} catch (error) {
  await report.check("the checks can be run to their end", () => {
    throw error;
  });
} finally {
  for (const step of cleanUp.reverse()) await step();
}
for (const name of report.failures) console.log(`failed: ${name}`);
console.log(`${summary}\n${report.passed} passed, ${report.failures.length} failed`);
process.exitCode = report.failures.length > 0 ? 1 : 0;

async function main(): Promise<string> {
  const minor = Number(VERSION.split(".")[1]);
  const folder = await installFolder(REPOSITORY);
  cleanUp.push(() => rm(folder, { recursive: true, force: true }));
  await checkCertificates(report, folder);
  await setVersion(folder, minor);
  const binaries = await findBinaries(VERSION, console.log);
  const cluster = await Cluster.start(binaries, VERSION);
  cleanUp.push(() => cluster.stop());
  const gracekeeper = await Gracekeeper.start(
    join(REPOSITORY, "src/main.ts"),
    join(folder, "manifests/config.yaml"),
    join(folder, "manifests/tls"),
  );
  cleanUp.push(() => gracekeeper.stop());
  const injects = minor >= FIRST_MINOR_WITH_SLEEP;
  const world: World = { report, cluster, api: cluster.api, gracekeeper, minor, injects };
  await checkInstallation(world, join(folder, "manifests"));
  await checkModes(world);
  await checkKinds(world);
  await checkLiving(world);
  await checkInjection(world);
  const generated = await checkGenerated(world);
  await checkLog(world);
  await printSession(cluster);
  await checkAway(world);
  return figures(world, generated);
}

function figures(
  { api, cluster, gracekeeper }: World,
  { pods, patched, refusedByPatches }: Generated,
): string {
  const kinds = KINDS.map(({ kind }) => kind).join(", ");
  return [
    "",
    `Kubernetes ${VERSION}: ${api.requests} requests and ${cluster.kubectlCalls} kubectl commands`,
    `kinds covered: ${KINDS.length} (${kinds})`,
    `reviews answered: ${gracekeeper.decisions.length}`,
    `refused by patches: ${refusedByPatches} (of ${patched} patched, of ${pods} generated pods)`,
  ].join("\n");
}

/**
 * What the manifests ask an owner of another version to do: say which it is; from 1.30 to 1.32, where old nodes could be
 * in the way of the sleep action, say that there are none; below 1.30 take our own sleep out.
 */
async function setVersion(folder: string, minor: number): Promise<void> {
  const edit = async (file: string, change: (text: string) => string) => {
    const path = join(folder, "manifests", file);
    await writeFile(path, change(await readFile(path, "utf8")));
  };
  await edit("config.yaml", (text) =>
    text.replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: "1.${minor}"`),
  );
  if (minor >= FIRST_MINOR_WITH_SLEEP && minor < FIRST_MINOR_WITH_SLEEP_EVERYWHERE) {
    await edit("config.yaml", (text) => text.replace(/^sleepAction: .*$/m, "sleepAction: Native"));
  }
  if (minor >= FIRST_MINOR_WITH_SLEEP) return;
  await edit("deployment.yaml", (text) => text.replace(/^ {10}lifecycle:\n(?: {12}.*\n)+/m, ""));
}
