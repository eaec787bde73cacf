import type { OwnEvents } from "../../certs/settings.ts";
import { faultEvents, type Logger } from "./log.ts";

const NOT_REPLACED =
  "the CA could not be replaced: look for ca-error in the log. After the CA has expired, API servers cannot call this webhook.";

/**
 * The log events of certificates that gracekeeper makes itself. An error is logged as a warning, because the current
 * certificate stays in use.
 */
export function caEvents(logger: Logger): OwnEvents {
  return {
    made: ({ name, notAfter }) =>
      logger.info({ event: "ca-created", ca: name, notAfter: new Date(notAfter) }),
    inUse: ({ name, notAfter }) =>
      logger.info({ event: "ca-in-use", ca: name, notAfter: new Date(notAfter) }),
    endsSoon: ({ name, notAfter }) =>
      logger.warn({ event: "ca-expires-soon", ca: name, notAfter: new Date(notAfter), reason: NOT_REPLACED }),
    restored: (reason) => logger.warn({ event: "ca-secret-restored", reason }),
    published: (configuration, entries) => {
      const cas = new Set(entries.flatMap(({ certificates }) => certificates.map(({ name }) => name)));
      logger.info({ event: "ca-published", configuration, entries: entries.length, cas: [...cas] });
    },
    faults: (part) => faultEvents(logger, "ca", part),
  };
}
