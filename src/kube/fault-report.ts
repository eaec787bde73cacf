/** The events of a task that is repeated. */
export interface FaultEvents {
  /** The task fails. Called when the reason, one printable sentence, is new or has changed. */
  failed(reason: string): void;
  /** The task works again. */
  recovered(): void;
  /** A bug ended an attempt. The next attempt follows. */
  crashed(error: unknown): void;
}

export interface FaultReport {
  fault(reason: string): void;
  over(): void;
}

/** Reports only changes to the listener. */
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
