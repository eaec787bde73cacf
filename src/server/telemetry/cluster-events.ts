import type { Cluster, ClusterEvents } from "../../kube/cluster.ts";
import type { FaultEvents } from "../../kube/fault-report.ts";
import { withoutSleepAction } from "../../policy/injection/sleep-action.ts";
import { noSleepActionText } from "../../policy/messages/skip-text.ts";
import type { CurrentConfig } from "../config/current.ts";
import { faultEvents, type Logger } from "./log.ts";

/** What the log says of the cluster. `onEffectiveChange` is called when the version of Kubernetes changes. */
export function clusterEvents(logger: Logger, onEffectiveChange: () => void): ClusterEvents {
  let namespaces: number | undefined;
  let kubernetesMinor: number | undefined;

  /** Logs once, when both are known for the first time. */
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

/** An error of the cluster is a warning, because the last known values stay in force. */
function faults(logger: Logger, what: string): FaultEvents {
  return faultEvents(logger, "cluster", what);
}

/** Milliseconds without readiness while the first namespaces and the version are missing. */
const FIRST_SYNC = 10_000;

const NOT_IN_TIME =
  "Timed out after 10 s waiting for the first namespaces and the server version. Until they come, the values of the configuration file apply.";

export interface ClusterSettings {
  readonly cluster?: Pick<Cluster, "firstSync"> | undefined;
  readonly logger: Logger;
  /** Called after the timeout. */
  readonly onEffectiveChange?: () => void;
}

/** Gives why the server must wait for the cluster, as a sentence; undefined from the first sync on, or after 10 s. */
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
  return () => (waiting ? "waiting for namespaces and version of the API server." : undefined);
}

/** Warns of what the owner may not have meant: at the start, and after each change of configuration or version. */
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
    reason: `the API server is 1.${kubernetesMinor}, and this version is used. Set kubernetesVersion in the configuration to it, or remove the field.`,
  });
}
