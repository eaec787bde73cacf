import { pino } from "pino";
import type { DecisionRecord } from "../../admission/decision.ts";
import { asciiJson } from "../../json.ts";
import type { FaultEvents } from "../../kube/fault-report.ts";
import type { LogLevel } from "./log-levels.ts";

export type Logger = pino.Logger;

/** Longer values are cut. Names and users of Kubernetes have at most 253 characters. */
const LONGEST_FIELD = 256;

/** A log of JSON lines: ASCII, one line for each event, with the field `event` to search by. */
export function createLogger(level: LogLevel, destination: pino.DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: { streamWrite: asciiJson },
    },
    destination,
  );
}

/**
 * Logs one line for each decision, with `"event":"decision"`. The line has names, ids and numbers, but no contents of
 * the pod.
 */
export function logDecision(logger: Logger, record: DecisionRecord, milliseconds: number): void {
  logger.info({
    event: "decision",
    uid: short(record.uid),
    mode: record.mode,
    operation: short(record.operation),
    namespace: short(record.namespace),
    kind: short(record.kind),
    name: short(record.name),
    owner: short(record.owner),
    user: short(record.user),
    dryRun: record.dryRun,
    findings: record.findings,
    ...(record.wouldDeny.length > 0 && { wouldDeny: record.wouldDeny }),
    ...(record.ignored.length > 0 && { ignored: record.ignored }),
    ...(record.declared !== "" && { declared: short(record.declared) }),
    ...(record.known !== "" && { known: short(record.known) }),
    action: record.action,
    reason: record.reason,
    ms: Math.round(milliseconds * 1000) / 1000,
  });
}

function short(text: string): string {
  return text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD)}...` : text;
}

/** The log events `NAME-error` and `NAME-recovered` of a repeated task. */
export function faultEvents(logger: Logger, name: string, what: string): FaultEvents {
  return {
    failed: (reason) => logger.warn({ event: `${name}-error`, what, reason }),
    recovered: () => logger.info({ event: `${name}-recovered`, what }),
    crashed: (err) => logger.error({ event: "internal-error", what, err }),
  };
}
