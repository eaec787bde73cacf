import { KubeConfig } from "@kubernetes/client-node";

/**
 * A separate file, for two reasons: it is loaded only with access to a cluster, and a bundler takes this class without
 * the generated API, which is a hundred times larger.
 */
export function emptyConfig(): KubeConfig {
  return new KubeConfig();
}
