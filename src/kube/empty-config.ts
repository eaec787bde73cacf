import { KubeConfig } from "@kubernetes/client-node";

/**
 * This import has its own file, so that it is loaded only with access to a cluster. The bundler then includes only this
 * class, and not the generated API, which is a hundred times larger.
 */
export function emptyConfig(): KubeConfig {
  return new KubeConfig();
}
