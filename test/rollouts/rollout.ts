import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { serve } from "../cli/processes.ts";
import type { Teardown } from "../helper.ts";
import type { Balancer } from "./balancer.ts";
import type { Load } from "./load.ts";

export type Replica = Awaited<ReturnType<typeof serve>>;

/** How a replica is replaced. Times are milliseconds after the deletion of the pod. */
export interface Replacement {
  /** The time at which endpoints and kube-proxy are updated, so that the replica gets no new connections. */
  readonly endpoints: number;
  /** The time of the stop signal, which is the length of a preStop hook. */
  readonly signal: number;
  readonly kind: "SIGTERM" | "SIGKILL";
}

export interface Replaced {
  /**
   * The number of answers of the old replica after its deletion. `kubectl rollout status` reports success at the time
   * of the deletion.
   */
  readonly afterwards: number;
  /** The exit code of the old replica: 0 if it ended by itself. */
  readonly exitCode: number | null;
}

/** Makes a certificate. Returns the certificate, and the folder with the certificate and its key. */
export function certificate(t: Teardown): { readonly folder: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "gracekeeper-certificate-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { cert, key } = makeCertificate();
  writeFileSync(join(folder, "tls.crt"), cert);
  writeFileSync(join(folder, "tls.key"), key);
  return { folder, cert };
}

/**
 * Starts a replica and waits until it is ready. The replica writes its log to /dev/null, so that this process does not
 * spend time on reading the log.
 */
export async function startReplica(t: Teardown, args: readonly string[]): Promise<Replica> {
  const nowhere = openSync("/dev/null", "w");
  try {
    return await serve(t, args, nowhere);
  } finally {
    closeSync(nowhere);
  }
}

/** Removes the old replica, as a Deployment does when the new replica is ready (maxUnavailable 0). */
export async function replace(
  old: Replica,
  { balancer, load }: { readonly balancer: Balancer; readonly load: Load },
  how: Replacement,
): Promise<Replaced> {
  const before = load.outcome.by.get(old.port) ?? 0;
  const gone = sleep(how.endpoints).then(() => balancer.endpoints.delete(old.port));
  await sleep(how.signal);
  old.child.kill(how.kind);
  const { code } = await old.exit;
  await gone;
  return { afterwards: (load.outcome.by.get(old.port) ?? 0) - before, exitCode: code };
}
