import { KubeConfig } from "@kubernetes/client-node";

/**
 * KubeConfig is imported in a separate file, so that a process without access to a cluster does not load it. The
 * bundler then includes only KubeConfig, and not the generated API, which is a hundred times larger.
 */
export function emptyConfig(): KubeConfig {
  return new KubeConfig();
}
