import { readExec } from "./exec/exec.ts";
import type { Handler } from "./handler.ts";
import { CANNOT_TELL, exactly } from "./interval.ts";
import type { Surroundings } from "./programs/program.ts";
import { type HookReading, neverRuns, simpleReading } from "./reading.ts";

/**
 * Reads how long a preStop hook takes, in seconds, in a healthy container and without a limit by the grace period. The
 * function accepts any handler with any text, and never returns NaN. An unknown time is an interval without an upper
 * bound. An exception is always a bug.
 *
 * Source for the kubelet: pkg/kubelet/lifecycle/handlers.go of Kubernetes 1.29 to 1.36. Sources for shell text:
 * POSIX.1-2024 chapter 2, bash(1) 5.2, dash(1) 0.5.12 and busybox 1.35 ash. The table of programs has its own sources.
 */
export function readHook(handler: Handler, around: Surroundings): HookReading {
  switch (handler.kind) {
    case "exec":
      return readExec(handler.command, around);
    case "httpGet":
      return simpleReading(
        `httpGet :${handler.port}${handler.path}`,
        CANNOT_TELL,
        "the kubelet waits for the answer without a limit",
      );
    case "sleep":
      return readSleep(handler.seconds);
    case "tcpSocket":
      return neverRuns("tcpSocket", { code: "tcp-socket" });
    case "empty":
      return neverRuns("an empty hook", { code: "no-handler" });
  }
}

/**
 * The kubelet waits for whole seconds. A value that the API server would refuse takes no time (time.After returns at
 * once).
 */
function readSleep(seconds: number): HookReading {
  const whole = Number.isNaN(seconds) ? 0 : Math.max(0, Math.trunc(seconds));
  const time = exactly(whole);
  return simpleReading(`sleep: ${whole}`, time, `the sleep action takes ${time.min} s`);
}
