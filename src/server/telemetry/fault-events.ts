import type { FaultEvents } from "../../kube/fault-report.ts";
import type { Logger } from "./log.ts";

/** Warnings `NAME-error` and `NAME-recovered` about one thing that is asked again and again. */
export function faultEvents(logger: Logger, name: string, what: string): FaultEvents {
  return {
    failed: (reason) => logger.warn({ event: `${name}-error`, what, reason }),
    recovered: () => logger.info({ event: `${name}-recovered`, what }),
    crashed: (err) => logger.error({ event: "internal-error", what, err }),
  };
}
