import { KubeConfig } from "@kubernetes/client-node";

/**
 * A file of its own: it is loaded only where a cluster is reached, and a bundler takes this one class without the generated
 * API, which is a hundred times larger.
 */
export function emptyConfig(): KubeConfig {
  return new KubeConfig();
}
