import type { Report } from "../report.ts";
import { checkCalls } from "./check-calls.ts";
import { checkOwn } from "./check-own.ts";
import { checkRemoval } from "./check-removal.ts";
import { Switches } from "./check-switches.ts";
import { startWorld, stopWorld } from "./world.ts";

/**
 * Upgrades from an earlier version, switches between all sources of certificates, and goes back to the earlier version.
 * The checks run on a separate cluster, and every entry has `failurePolicy: Fail`. Full size is 1,000 creates for each
 * switch and 20 rotations.
 */
export async function checkCertificates(report: Report, version: string, full: boolean): Promise<void> {
  const world = await startWorld(report, version, full);
  const switches = await Switches.start(world);
  const logged = async () => (await world.cluster.auditLog()).length;
  report.section("From one kind of certificate to another, failurePolicy Fail");
  try {
    await switches.installBefore();
    let start = await logged();
    await switches.upgrade();
    await checkOwn(world);
    await checkCalls(world, "own certificates", start);
    await switches.toCertManager("own");
    await world.replicas.drained();
    start = await logged();
    await switches.toFiles("cert-manager");
    await checkCalls(world, "a mounted certificate", start);
    if (full) await switches.renew();
    if (full) await theOtherWays(switches);
    await switches.toOwn("files");
    await switches.goBack();
    await checkRemoval(world);
  } finally {
    await stopWorld(world);
    await switches.remove();
  }
}

/**
 * There are six switches between the three sources of certificates. This function does three of them: to cert-manager,
 * to own certificates, and back to files.
 */
async function theOtherWays(switches: Switches): Promise<void> {
  await switches.toCertManager("files");
  await switches.toOwn("cert-manager");
  await switches.toFiles("own");
}
