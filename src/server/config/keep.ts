import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { CurrentConfig } from "./current.ts";
import { type ConfigurationWatch, watchConfiguration } from "./watch.ts";

export interface ConfigurationSettings {
  readonly configurationFile?: string | undefined;
  readonly currentConfig: CurrentConfig;
  readonly logger: Logger;
  readonly pollMilliseconds?: number;
  /** Called when another configuration is in force. */
  readonly onEffectiveChange?: () => void;
}

/** Decides by whatever good configuration the file holds, and says in log and metrics when that changes or fails. */
export function keepConfiguration(
  { configurationFile, currentConfig, logger, pollMilliseconds, onEffectiveChange }: ConfigurationSettings,
  metrics: Metrics,
): ConfigurationWatch | undefined {
  if (configurationFile === undefined) return undefined;
  metrics.configurationRead();
  return watchConfiguration(
    configurationFile,
    currentConfig.written,
    {
      read: metrics.configurationRead,
      changed(configuration, fields) {
        currentConfig.replace(configuration);
        metrics.configurationChanged();
        logger.info({ event: "configuration-changed", fields });
        onEffectiveChange?.();
      },
      faulty: (reason) => logger.error({ event: "configuration-fault", reason }),
      recovered: () => logger.info({ event: "configuration-recovered" }),
      failedLook: metrics.configurationFault,
    },
    pollMilliseconds,
  );
}
