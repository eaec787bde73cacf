import type { Cluster, ClusterEvents } from "../../kube/cluster.ts";
import type { FaultEvents } from "../../kube/fault-report.ts";
import { withoutSleepAction } from "../../policy/injection/sleep-action.ts";
import { noSleepActionText } from "../../policy/messages/skip-text.ts";
import type { CurrentConfig } from "../config/current.ts";
import { faultEvents, type Logger } from "./log.ts";

/** The log events of the cluster. `onEffectiveChange` is called when the version of Kubernetes changes. */
export function clusterEvents(logger: Logger, onEffectiveChange: () => void): ClusterEvents {
  let namespaces: number | undefined;
  let kubernetesMinor: number | undefined;

  /** Logs once, as soon as the namespaces and the version are known. */
  function connected(): void {
    if (namespaces === undefined || kubernetesMinor === undefined) return;
    logger.info({ event: "cluster-connected", namespaces, kubernetesMinor });
  }

  return {
    namespaces: {
      ...faults(logger, "namespaces"),
      synced(count) {
        namespaces = count;
        connected();
      },
    },
    version: {
      ...faults(logger, "version"),
      changed(minor, before) {
        kubernetesMinor = minor;
        if (before === undefined) connected();
        else logger.info({ event: "kubernetes-version", kubernetesMinor: minor, before });
        onEffectiveChange();
      },
    },
  };
}

/** An error of the cluster is logged as a warning, because the last known values stay in effect. */
function faults(logger: Logger, what: string): FaultEvents {
  return faultEvents(logger, "cluster", what);
}

/** How long readiness waits for the namespaces and the version, in milliseconds. */
const FIRST_SYNC = 10_000;

const NOT_IN_TIME =
  "gracekeeper did not get the namespaces and the version of the API server within 10 s. Until namespaces and version arrive, the values of the configuration file apply.";

export interface ClusterSettings {
  readonly cluster?: Pick<Cluster, "firstSync"> | undefined;
  readonly logger: Logger;
  /** Called after the timeout. */
  readonly onEffectiveChange?: () => void;
}

/**
 * Returns a function that gives the reason why the server is not ready. The reason is undefined after the first sync or
 * after 10 s.
 */
export function awaitCluster({
  cluster,
  logger,
  onEffectiveChange,
}: ClusterSettings): () => string | undefined {
  let waiting = cluster !== undefined;
  void cluster?.firstSync(FIRST_SYNC).then((synced) => {
    waiting = false;
    if (synced) return;
    logger.warn({ event: "cluster-error", what: "start", reason: NOT_IN_TIME });
    onEffectiveChange?.();
  });
  return () => (waiting ? "waiting for the namespaces and the version of the API server." : undefined);
}

/**
 * Warns about settings that are probably not intended. Called at the start, and after each change of the configuration
 * or the version.
 */
export function logEffectiveSettings({ configuration, written }: CurrentConfig, logger: Logger): void {
  const { kubernetesMinor } = configuration;
  const disabled = withoutSleepAction(configuration);
  if (disabled !== undefined)
    logger.warn({ event: "injection-disabled", reason: noSleepActionText(disabled) });
  if (written.kubernetesMinor === undefined || written.kubernetesMinor === kubernetesMinor) return;
  logger.warn({
    event: "kubernetes-version-differs",
    kubernetesMinor,
    configured: written.kubernetesMinor,
    reason: `the API server is 1.${kubernetesMinor}, so kubernetesVersion in the configuration is not used. Set kubernetesVersion to this version, or remove it.`,
  });
}
