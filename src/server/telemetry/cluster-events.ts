import type { ClusterEvents } from "../../kube/cluster.ts";
import type { FaultEvents } from "../../kube/fault-report.ts";
import { withoutSleepAction } from "../../policy/injection/sleep-action.ts";
import type { CurrentConfig } from "../config/current.ts";
import type { Logger } from "./log.ts";

/**
 * What the log says of the cluster. `onEffectiveChange` is called when another version of Kubernetes counts from now on.
 */
export function clusterEvents(logger: Logger, onEffectiveChange: () => void): ClusterEvents {
  let namespaces: number | undefined;
  let kubernetesMinor: number | undefined;

  /** Once: when both have come for the first time. */
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

/** What was known before stands meanwhile, so it is a warning. */
function faults(logger: Logger, what: string): FaultEvents {
  return {
    failed: (reason) => logger.warn({ event: "cluster-fault", what, reason }),
    recovered: () => logger.info({ event: "cluster-recovered", what }),
  };
}

/** Says what the owner may not have meant: at the start, and after each change of configuration or version. */
export function logEffectiveSettings({ configuration, written }: CurrentConfig, logger: Logger): void {
  const { kubernetesMinor } = configuration;
  const injectsNothing = withoutSleepAction(configuration);
  if (injectsNothing !== undefined) logger.warn({ event: "injects-nothing", reason: injectsNothing });
  if (written.kubernetesMinor === undefined || written.kubernetesMinor === kubernetesMinor) return;
  logger.warn({
    event: "kubernetes-version-differs",
    kubernetesMinor,
    configured: written.kubernetesMinor,
    reason: `the API server is 1.${kubernetesMinor}, which counts. Set kubernetesVersion in the configuration to that, or take it out.`,
  });
}
