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

/** How a replica is replaced. Times are in milliseconds, and begin when the pod is deleted. */
export interface Replacement {
  /** Until new connections no longer go to it: endpoints and kube-proxy. */
  readonly endpoints: number;
  /** Until the stop signal: the length of a preStop hook. */
  readonly signal: number;
  readonly kind: "SIGTERM" | "SIGKILL";
}

export interface Replaced {
  /** Answers of the old replica after it was deleted, which is when `kubectl rollout status` calls the rollout done. */
  readonly afterwards: number;
  /** The exit code: 0 if it ended by itself. */
  readonly exitCode: number | null;
}

/** A folder with a certificate and its key, and the certificate. */
export function certificate(t: Teardown): { readonly folder: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), "gracekeeper-certificate-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const { cert, key } = makeCertificate();
  writeFileSync(join(folder, "tls.crt"), cert);
  writeFileSync(join(folder, "tls.key"), key);
  return { folder, cert };
}

/** A replica that is ready. Its log goes to /dev/null: it is written, and this process does not pay for reading it. */
export async function startReplica(t: Teardown, args: readonly string[]): Promise<Replica> {
  const nowhere = openSync("/dev/null", "w");
  try {
    return await serve(t, args, nowhere);
  } finally {
    closeSync(nowhere);
  }
}

/** Takes the old replica away, as a Deployment does once the new one is ready (maxUnavailable 0). */
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
