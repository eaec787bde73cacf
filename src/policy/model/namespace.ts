import {
  INJECT_LABEL,
  MAX_GRACE_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
  VALIDATE_LABEL,
} from "./keys.ts";

/**
 * The labels and annotations of ours on a namespace, as texts. A decision gets it as a value. Undefined means that the
 * namespaces are not known: no API access, or no list yet.
 */
export interface Namespace {
  readonly name: string;
  /** Only keys of ours. */
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
}

export const NAMESPACE_LABELS: readonly string[] = [VALIDATE_LABEL, INJECT_LABEL];

export const NAMESPACE_ANNOTATIONS: readonly string[] = [
  SHUTDOWN_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  MAX_GRACE_SECONDS,
];

/** Longer than any valid value, and short enough to keep it for every namespace of a cluster. */
const LONGEST_KEPT = 64;

/** Picks our labels and annotations from the metadata of a namespace. Each value is cut, to keep memory small. */
export function namespaceOf(
  name: string,
  labels: Readonly<Record<string, unknown>>,
  annotations: Readonly<Record<string, unknown>>,
): Namespace {
  return {
    name,
    labels: ours(labels, NAMESPACE_LABELS),
    annotations: ours(annotations, NAMESPACE_ANNOTATIONS),
  };
}

function ours(all: Readonly<Record<string, unknown>>, keys: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const key of keys) {
    const value = Object.hasOwn(all, key) ? all[key] : undefined;
    if (typeof value === "string") found.set(key, value.slice(0, LONGEST_KEPT));
  }
  return found;
}
