import { randomUUID } from "node:crypto";
import { proofOfCall } from "../../admission/answer-probe.ts";
import { asObject } from "../../json.ts";
import type { Access } from "../access.ts";
import { asFault } from "../api-fault.ts";
import { type Answer, json, request } from "../request.ts";
import type { Timings } from "../timings.ts";
import { type Cause, causeIn } from "./causes.ts";

/** The namespace and the time limits of the probe. */
export interface ProbeSettings {
  readonly access: Access;
  readonly namespace: string;
  readonly timings: Timings;
  readonly signal: AbortSignal;
}

export interface ProbeResult {
  /** The cause why the API server did not call gracekeeper, or "none" if the API server called gracekeeper. */
  readonly cause: Cause | "none";
  /** The response of the API server in one printable line; empty if it created the Lease. */
  readonly answer: string;
}

const WHAT = "create the Lease of the probe in a dry run";

/** A response has less than 2 KiB, even with an error message. */
const LONGEST = 64 * 1024;

const CREATED = 201;
const FORBIDDEN = 403;
const NOT_FOUND = 404;

/**
 * Asks the API server to create a Lease in a dry run; the entry probe.gracekeeper.dev validates it. Nothing is written.
 * The object is a Lease because no controller acts on the Leases of this namespace, and policies and quotas rarely
 * cover Leases. Each Lease has a new name. The response proves a call of gracekeeper only if it has a warning with this
 * name.
 *
 * Throws only for a bug.
 */
export async function askReach({ access, namespace, timings, signal }: ProbeSettings): Promise<ProbeResult> {
  const name = `probe-${randomUUID()}`;
  const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name } };
  const call = {
    path: `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases?dryRun=All`,
    accept: "application/json",
    what: WHAT,
    write: { method: "POST", type: "application/json", body: JSON.stringify(body) },
    anyStatus: true,
    silence: timings.silence,
    limit: timings.answer,
    signal,
  } as const;
  try {
    return await request(access, call, async (pieces, answer) => {
      const { value } = await json(pieces, LONGEST);
      return resultOf(answer, String(asObject(value)?.["message"] ?? ""), name);
    });
  } catch (error) {
    return { cause: "not-asked", answer: asFault(error, WHAT).message };
  }
}

/** The error message of the API server if it cannot call the webhook of the probe. */
const NOT_CALLED = 'failed calling webhook "probe.gracekeeper.dev"';

function resultOf({ status, headers }: Answer, message: string, name: string): ProbeResult {
  if (status === CREATED) {
    const proved = String(headers["warning"] ?? "").includes(`"${proofOfCall(name)}"`);
    return { cause: proved ? "none" : "not-called", answer: "" };
  }
  const answer = `HTTP ${status}: ${message}`;
  if (message.includes(NOT_CALLED)) return { cause: causeIn(message), answer };
  if (status === FORBIDDEN && message.startsWith("leases.coordination.k8s.io is forbidden: User"))
    return { cause: "no-right", answer };
  if (status === NOT_FOUND || message.includes("is being terminated"))
    return { cause: "no-namespace", answer };
  return { cause: "not-asked", answer };
}
