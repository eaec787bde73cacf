import { pino } from "pino";
import type { DecisionRecord } from "../admission/decision.ts";
import { asciiJson } from "./ascii.ts";

export type Logger = pino.Logger;

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Lines are written together, once there are this many bytes or after this many milliseconds: a write costs as much as
 * the line itself, and nobody reads the log within a fifth of a second.
 */
const WRITTEN_TOGETHER = 4096;
const WRITTEN_AFTER = 200;

/** What may wait in memory for a slow reader of the log; beyond it lines are dropped, never awaited. */
const WAITING_BYTES = 4 * 1024 * 1024;

/** Names and users of Kubernetes are at most 253 characters; anything longer did not come from an API server. */
const LONGEST_FIELD = 256;

export interface Log {
  readonly logger: Logger;
  /** Writes out what waits, as far as the reader takes it. */
  flush(): Promise<void>;
}

/** A log of JSON lines on standard output that can neither block nor end the process. */
export function createLog(level: LogLevel): Log {
  const destination = pino.destination({
    dest: 1,
    sync: false,
    minLength: WRITTEN_TOGETHER,
    periodicFlush: WRITTEN_AFTER,
    maxLength: WAITING_BYTES,
  });
  // A full disk or a closed pipe is no reason to stop admitting pods.
  destination.on("error", () => {});
  return {
    logger: createLogger(level, destination),
    flush: () => new Promise((resolve) => destination.flush(() => resolve())),
  };
}

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
 * One line for each decision, found by `"event":"decision"`. No pod contents: names, ids and numbers only.
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
    action: record.action,
    reason: record.reason,
    ms: Math.round(milliseconds * 1000) / 1000,
  });
}

function short(text: string): string {
  return text.length > LONGEST_FIELD ? `${text.slice(0, LONGEST_FIELD)}...` : text;
}
