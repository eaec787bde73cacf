import { isDeepStrictEqual } from "node:util";
import { ConfigurationError } from "../../policy/configuration/errors.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import { FileError, type FilePoll, pollFile } from "../poll-file.ts";
import type { Logger } from "../telemetry/log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type CurrentConfig, hashOf } from "./current.ts";
import { parseConfiguration, readText } from "./file.ts";

export interface ConfigSettings {
  readonly configurationFile?: string | undefined;
  readonly currentConfig: CurrentConfig;
  readonly logger: Logger;
  readonly pollMilliseconds?: number;
  /** Called after a changed configuration has taken effect. */
  readonly onEffectiveChange?: () => void;
}

/** Reloads the configuration file. Log and metrics show each change and each error. */
export function watchConfig(settings: ConfigSettings, metrics: Metrics): FilePoll | undefined {
  const { configurationFile: path, currentConfig, logger, pollMilliseconds } = settings;
  if (path === undefined) return undefined;
  metrics.configurationRead();
  return pollFile({
    name: "configuration",
    first: currentConfig.written,
    checksItself: false,
    look: readerOf(path),
    changed(configuration, before) {
      currentConfig.replace(configuration);
      const configurationHash = hashOf(configuration);
      metrics.configurationInEffect(configurationHash);
      const fields = changedFields(before, configuration);
      logger.info({ event: "configuration-changed", fields, configurationHash });
      settings.onEffectiveChange?.();
    },
    good: metrics.configurationRead,
    failed: metrics.configurationFailed,
    logger,
    pollMilliseconds,
  });
}

const STAYS = "The last valid configuration stays in use, but a new pod does not start with this file.";

/** Reads the file. An unchanged text is not parsed again, because parsing 64 KiB of YAML blocks requests. */
function readerOf(path: string): () => Promise<Configuration> {
  let last: { readonly text: string; readonly configuration: Promise<Configuration> } | undefined;
  return async () => {
    try {
      const text = await readText(path);
      if (text !== last?.text) last = { text, configuration: parseConfiguration(path, text) };
      return await last.configuration;
    } catch (error) {
      throw error instanceof ConfigurationError ? new FileError(`${error.message} ${STAYS}`) : error;
    }
  };
}

/** The top-level fields whose value has changed. Comments and the order of fields do not matter. */
export function changedFields(before: Configuration, after: Configuration): readonly string[] {
  return (Object.keys(after) as (keyof Configuration)[])
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => (field === "kubernetesMinor" ? "kubernetesVersion" : field));
}
