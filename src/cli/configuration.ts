/** Reads the configuration of a command, from a file or from the defaults, for one version of Kubernetes. */

import { DEV_CONFIGURATION, NEWEST_KUBERNETES_MINOR } from "../policy/configuration/defaults.ts";
import { ConfigurationError } from "../policy/configuration/errors.ts";
import { minorVersion } from "../policy/configuration/minor-version.ts";
import type { Configuration } from "../policy/model/configuration.ts";
import { StartError } from "../server/start-error.ts";

export interface ConfigurationTexts {
  readonly config?: string;
  readonly kubernetesVersion?: string;
}

/**
 * The option overrides the version of Kubernetes in the file. The default is the newest version.
 *
 * @throws StartError that names the option or the file.
 */
export async function configurationFor({
  config,
  kubernetesVersion,
}: ConfigurationTexts): Promise<Configuration> {
  const given = kubernetesVersion === undefined ? undefined : minorOf(kubernetesVersion);
  const configuration = config === undefined ? DEV_CONFIGURATION : await loaded(config);
  return {
    ...configuration,
    kubernetesMinor: given ?? configuration.kubernetesMinor ?? NEWEST_KUBERNETES_MINOR,
  };
}

async function loaded(path: string): Promise<Configuration> {
  const { loadConfiguration } = await import("../server/config/file.ts");
  try {
    return await loadConfiguration(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new StartError(error.message);
    throw error;
  }
}

function minorOf(version: string): number {
  const minor = minorVersion(version);
  if (minor !== undefined) return minor;
  throw new StartError(
    `--kubernetes-version must be a version such as 1.${NEWEST_KUBERNETES_MINOR}, not ${JSON.stringify(version)}.`,
  );
}
