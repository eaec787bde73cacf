import type { DecisionRecord, Mode } from "../../../src/admission/decision.ts";
import { mutate } from "../../../src/admission/mutate.ts";
import { readReview } from "../../../src/admission/review.ts";
import { validate } from "../../../src/admission/validate.ts";
import { asObject, type JsonObject } from "../../../src/json.ts";
import { RULE_INFO } from "../../../src/policy/rules/registry.ts";
import { logDecision } from "../../../src/server/telemetry/log.ts";
import { testLog } from "../../helper.ts";
import { CONTEXT, reviewOf } from "../../reviews.ts";

/** One call of the API server, and the workload that the log line must name. */
export interface Call {
  /** The time of the call, such as `2026-11-02T09:00:00.000Z`. */
  readonly time: string;
  readonly mode: Mode | "inject";
  readonly object: JsonObject;
  /** Fields of the request that differ from those of `reviewOf`. */
  readonly request: JsonObject & { readonly namespace: string };
  /** The workload that owns the pod, or the object itself if it is a workload: `Deployment/web`. */
  readonly workload: string;
}

/** A call with its results, which the commands of docs/rollout.md read. */
export interface Answered extends Call {
  readonly record: DecisionRecord;
  /** The findings for which enforce mode would deny the object or its pods. */
  readonly wouldDeny: readonly string[];
  /** The line of the log. */
  readonly line: string;
}

/** Decides these calls, and returns the log lines that the server writes. */
export function answered(calls: readonly Call[]): readonly Answered[] {
  const { logger, raw } = testLog();
  return calls.map((call) => {
    const review = readReview(reviewOf(call.object, call.request));
    const { mode } = call;
    const { record } = mode === "inject" ? mutate(review, CONTEXT) : validate(review, mode, CONTEXT);
    logDecision(logger, record, 1);
    const wouldDeny = record.action === "untouched" || mode === "inject" ? [] : underEnforce(call);
    const written = JSON.parse(raw.at(-1) ?? "") as JsonObject;
    return {
      ...call,
      record,
      wouldDeny,
      line: JSON.stringify({ ...written, time: call.time }),
    };
  });
}

const IDS = new Set(RULE_INFO.map(({ id }) => id));

/**
 * The ids in the denial, or in the warnings with `pods will be rejected`. The object's ownerReferences are removed,
 * because a workload with a controller gets no such warning.
 */
function underEnforce({ object, request }: Call): readonly string[] {
  const metadata = { ...asObject(object["metadata"]), ownerReferences: [] };
  const review = readReview(reviewOf({ ...object, metadata }, request));
  const { response } = validate(review, "enforce", CONTEXT).response;
  const { message = "" } = (response.status ?? {}) as { readonly message?: string };
  const rejected = (response.warnings ?? []).filter((text) => text.startsWith("pods will be rejected: "));
  const ids = [message, ...rejected].flatMap((text) => [...text.matchAll(/\[([a-z-]+)\]/g)]);
  return [...new Set(ids.map(([, id = ""]) => id).filter((id) => IDS.has(id)))];
}
