import type { ListPods } from "../kube/pods.ts";
import type { CurrentConfig } from "./config/current.ts";
import type { Explainer } from "./explain/pool.ts";
import type { Receiver } from "./http/body.ts";
import type { Logger } from "./telemetry/log.ts";
import type { Metrics } from "./telemetry/metrics.ts";

/** What the routes need. */
export interface Deps {
  readonly currentConfig: CurrentConfig;
  /** Lists the pods of a namespace; undefined without access to the API server. */
  readonly listPods: ListPods | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly receiver: Receiver;
  /** Undefined if /explain is turned off. */
  readonly explainer: Explainer | undefined;
  /**
   * True after the stop signal. Every response then closes its connection, so that the next call goes to another
   * replica.
   */
  readonly draining: () => boolean;
}
