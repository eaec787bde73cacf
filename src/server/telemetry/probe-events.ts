import type { ProbeResult } from "../../kube/probe/ask.ts";
import { reasonOf } from "../../kube/probe/causes.ts";
import type { ProbeEvents } from "../../kube/probe/watch.ts";
import { printable } from "../../policy/messages/quote.ts";
import type { Deps } from "../deps.ts";

/** The length limit for a logged error message of the API server. The message has the URL first, and then the error. */
const LONGEST_ANSWER = 500;

/**
 * Records each probe in a metric, and logs the first result and each change. Probes during shutdown are ignored,
 * because the API server may then reach no pod.
 */
export function probeEvents({
  logger,
  metrics,
  draining,
}: Pick<Deps, "logger" | "metrics" | "draining">): ProbeEvents {
  let last: ProbeResult["cause"] | undefined;
  return {
    probed({ cause, answer }) {
      if (draining()) return;
      metrics.probed(cause);
      if (cause === last) return;
      last = cause;
      if (cause === "none") logger.info({ event: "reached" });
      else {
        const reason = reasonOf(cause);
        logger.error({ event: "not-reached", cause, reason, answer: printable(answer, LONGEST_ANSWER) });
      }
    },
    crashed: (err) => logger.error({ event: "internal-error", what: "probe", err }),
  };
}
