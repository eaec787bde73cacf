import { createHash } from "node:crypto";
import { readerOf } from "../../policy/configuration/reader.ts";
import type { Configuration } from "../../policy/model/configuration.ts";
import type { Context } from "../../policy/model/context.ts";
import type { Namespace } from "../../policy/model/namespace.ts";

/** What the cluster last said besides its reviews. It comes from memory, never from a call. */
export interface ClusterView {
  /** Undefined while the namespaces are unknown. */
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
  /** What a review of this namespace is decided by. A decision reads it once, so it never sees two configurations. */
  context(namespace: string): Context;
  /** From now on this one. */
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

/** Enough to tell two configurations apart, and short enough to compare by eye. */
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
