import type { Cluster } from "../../kube/cluster.ts";
import type { Logger } from "./log.ts";

/** How long requests are sent elsewhere while the API server has not told its namespaces and version yet. */
const FIRST_SYNC = 10_000;

const NOT_IN_TIME =
  "The API server has not told its namespaces and version in 10 s: until it does, the values of the configuration count.";

export interface ClusterSettings {
  readonly cluster?: Pick<Cluster, "firstSync"> | undefined;
  readonly logger: Logger;
  /** Called when the cluster was waited for in vain. */
  readonly onEffectiveChange?: () => void;
}

/** Gives why the cluster must still be waited for, as a sentence; undefined from the first sync on, or after 10 s. */
export function awaitCluster({
  cluster,
  logger,
  onEffectiveChange,
}: ClusterSettings): () => string | undefined {
  let waiting = cluster !== undefined;
  void cluster?.firstSync(FIRST_SYNC).then((came) => {
    waiting = false;
    if (came) return;
    logger.warn({ event: "cluster-fault", what: "start", reason: NOT_IN_TIME });
    onEffectiveChange?.();
  });
  return () => (waiting ? "the API server has not told its namespaces and version yet." : undefined);
}
