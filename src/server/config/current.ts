import { createHash } from "node:crypto";
import { readerOf } from "../../policy/configuration/reader.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import type { Context } from "../../policy/model/context.ts";
import type { Namespace } from "../../policy/model/namespace.ts";

/** The last known state of the cluster, read from memory. */
export interface ClusterView {
  /** Undefined until the namespaces are known. */
  namespace(name: string): Namespace | undefined;
  /** The minor version of the API server; undefined until it is known. */
  readonly kubernetesMinor: number | undefined;
}

/** The configuration and cluster version that are in effect now. */
export interface CurrentConfig {
  /** The configuration, with the version of the API server if it is known. */
  readonly configuration: Configuration;
  /** The configuration of the file: kubernetesVersion is not replaced by the version of the API server. */
  readonly written: Configuration;
  /**
   * The context of a decision in this namespace. A decision must call `context` only once, so that it never mixes two
   * configurations.
   */
  context(namespace: string): Context;
  /** Puts another configuration into effect. */
  replace(configuration: Configuration): void;
}

export function currentConfig(first: Configuration, cluster?: ClusterView): CurrentConfig {
  let written = first;
  let effective = first;
  let readHooks = readerOf(first);
  const current = (): Configuration => {
    const kubernetesMinor = cluster?.kubernetesMinor ?? written.kubernetesMinor;
    if (effective.kubernetesMinor !== kubernetesMinor) effective = { ...written, kubernetesMinor };
    return effective;
  };
  return {
    get configuration() {
      return current();
    },
    get written() {
      return written;
    },
    context(namespace) {
      return { configuration: current(), readHooks, namespace: cluster?.namespace(namespace) };
    },
    replace(configuration) {
      written = configuration;
      effective = configuration;
      readHooks = readerOf(configuration);
    },
  };
}

/** The length of a configuration hash: enough to distinguish configurations, and short enough to compare by eye. */
const HASH_DIGITS = 12;

/**
 * The hash of all values of a configuration, including defaults. Comments and the order of fields in the file do not
 * change the hash.
 */
export function hashOf(configuration: Configuration): string {
  const json = JSON.stringify(configuration, (_, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value].sort() : value,
  );
  return createHash("sha256").update(json).digest("hex").slice(0, HASH_DIGITS);
}
