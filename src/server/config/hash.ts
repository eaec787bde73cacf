import { createHash } from "node:crypto";
import type { Configuration } from "../../policy/model/configuration.ts";

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
