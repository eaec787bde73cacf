import { KubeConfig } from "@kubernetes/client-node";

/**
 * Apart from what uses it, so that it is loaded only where a cluster is reached, and a bundler takes the one class and
 * leaves the generated API, which is a hundred times as much.
 */
export function emptyConfig(): KubeConfig {
  return new KubeConfig();
}
