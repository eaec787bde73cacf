/** What the log is told of something that is asked again and again. */
export interface FaultEvents {
  /** It fails. Called once for each reason, and again when the reason changes or comes back. One printable sentence. */
  failed(reason: string): void;
  /** It works again. */
  recovered(): void;
  /** A bug of ours ended an attempt. The next attempt follows. */
  crashed(error: unknown): void;
}

export interface FaultReport {
  fault(reason: string): void;
  over(): void;
}

/** Tells the listener of changes only. */
export function createFaultReport(events: FaultEvents): FaultReport {
  let reported: string | undefined;
  return {
    fault(reason) {
      if (reason === reported) return;
      reported = reason;
      events.failed(reason);
    },
    over() {
      if (reported === undefined) return;
      reported = undefined;
      events.recovered();
    },
  };
}
