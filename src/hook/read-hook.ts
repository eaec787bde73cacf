import type { Handler } from "./handler.ts";
import { CANNOT_TELL, exactly, type Interval } from "./interval.ts";
import type { ProgramTable } from "./program-table.ts";
import type { CannotRun, HookReading } from "./reading.ts";

/** What is known around a hook. */
export interface Surroundings {
  /** The container's `env` with literal values. A name that is not here may still be set, by the image or `valueFrom`. */
  readonly env: ReadonlyMap<string, string>;
  readonly programs: ProgramTable;
}

/** Reads how long a preStop hook takes. Total: any handler, any bytes; never throws. */
export function readHook(handler: Handler, _around: Surroundings): HookReading {
  switch (handler.kind) {
    case "exec": {
      const text = handler.command.join(" ");
      const m = /^(?:(?:\/bin\/)?(?:ba)?sh -c )?((?:\/bin\/)?sleep (\d{1,9}))$/.exec(text);
      return m
        ? simple(exactly(Number(m[2])), text, `${m[1]} takes ${m[2]} s`, undefined, true)
        : simple(CANNOT_TELL, text, `what ${text} does is not known`, undefined, false);
    }
    case "httpGet":
      return simple(
        CANNOT_TELL,
        `httpGet :${handler.port}${handler.path}`,
        "the kubelet sets no time limit on httpGet",
        undefined,
        false,
      );
    case "sleep": {
      const seconds = handler.seconds > 0 ? Math.trunc(handler.seconds) : 0;
      return simple(
        exactly(seconds),
        `sleep: ${seconds}`,
        `the sleep action waits ${seconds} s`,
        undefined,
        false,
      );
    }
    case "tcpSocket":
    case "empty":
      return simple(
        exactly(0),
        handler.kind === "empty" ? "an empty handler" : "tcpSocket",
        "the kubelet cannot run it",
        {
          because: `the kubelet has no ${handler.kind === "empty" ? "such handler" : "tcpSocket hooks"}`,
          instead: undefined,
        },
        false,
      );
  }
}

function simple(
  seconds: Interval,
  label: string,
  because: string,
  cannotRun: CannotRun | undefined,
  plainSleep: boolean,
): HookReading {
  return {
    seconds,
    why: { min: because, max: because },
    parts: [{ text: label, offset: 0, seconds, because }],
    cannotRun,
    assumptions: [],
    plainSleep,
    label,
  };
}
