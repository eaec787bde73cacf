import { createHash } from "node:crypto";
import { readerOf } from "../../policy/configuration/reader.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import type { Context } from "../../policy/model/context.ts";
import type { Namespace } from "../../policy/model/namespace.ts";

/** The last known state of the cluster. It comes from memory; no call is made for it. */
export interface ClusterView {
  /** Undefined as long as the namespaces are unknown. */
  namespace(name: string): Namespace | undefined;
  /** Minor version of the API server, undefined while unknown. */
  readonly kubernetesMinor: number | undefined;
}

/** The configuration and cluster version that are in effect now. */
export interface CurrentConfig {
  /** The configuration with the version that the API server reports, if it has reported one. */
  readonly configuration: Configuration;
  /** The configuration as it was given, with the version that is written there. */
  readonly written: Configuration;
  /** The context of a decision in this namespace. A decision reads it once, so it never sees two configurations. */
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

/** Long enough to distinguish configurations, and short enough to compare by eye. */
const HASH_DIGITS = 12;

/**
 * The hash of the values of a configuration, defaults included. Replicas with the same values have the same hash, whatever
 * the comments and the order of fields in their files.
 */
export function hashOf(configuration: Configuration): string {
  const json = JSON.stringify(configuration, (_, value: unknown) =>
    value instanceof Map || value instanceof Set ? [...value].sort() : value,
  );
  return createHash("sha256").update(json).digest("hex").slice(0, HASH_DIGITS);
}
