/** The callbacks that report whether a repeated task works. */
export interface FaultEvents {
  /** The task fails. Called when the reason changes. `reason` is one printable sentence. */
  failed(reason: string): void;
  /** The task works again. */
  recovered(): void;
  /** Called when a bug in gracekeeper ends an attempt. The next attempt follows. */
  crashed(error: unknown): void;
}

export interface FaultReport {
  fault(reason: string): void;
  over(): void;
}

/** Calls the listener only when the reason changes or the task recovers. */
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
