import {
  INJECT_LABEL,
  ISTIO_INJECTION,
  ISTIO_REVISION,
  LINKERD_INJECT,
  MAX_GRACE_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  SHUTDOWN_SECONDS,
  VALIDATE_LABEL,
} from "./keys.ts";

/**
 * The gracekeeper labels and annotations of a namespace, as strings, and the label or annotation by which a mesh
 * announces its proxy. If a Namespace is undefined, gracekeeper does not know the namespaces: it has no API access, or
 * no list yet.
 */
export interface Namespace {
  readonly name: string;
  /** Only gracekeeper keys. */
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The name of the label or annotation by which a mesh announces its proxy in every pod of the namespace. */
  readonly announcedBy: MeshKey | undefined;
}

export type MeshKey = typeof ISTIO_INJECTION | typeof ISTIO_REVISION | typeof LINKERD_INJECT;

export const NAMESPACE_LABELS: readonly string[] = [VALIDATE_LABEL, INJECT_LABEL];

export const NAMESPACE_ANNOTATIONS: readonly string[] = [
  SHUTDOWN_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  MAX_GRACE_SECONDS,
];

/** The labels and annotations of a namespace that gracekeeper reads. */
export const READ_LABELS: readonly string[] = [...NAMESPACE_LABELS, ISTIO_INJECTION, ISTIO_REVISION];
export const READ_ANNOTATIONS: readonly string[] = [...NAMESPACE_ANNOTATIONS, LINKERD_INJECT];

/** The maximum length of a label or annotation value in memory: enough for every valid value. */
const LONGEST_KEPT = 64;

/**
 * Picks the gracekeeper labels and annotations from the metadata of a namespace. Long values are cut, to save memory.
 */
export function namespaceOf(
  name: string,
  labels: Readonly<Record<string, unknown>>,
  annotations: Readonly<Record<string, unknown>>,
): Namespace {
  return {
    name,
    labels: ours(labels, NAMESPACE_LABELS),
    annotations: ours(annotations, NAMESPACE_ANNOTATIONS),
    announcedBy: announcedBy(labels, annotations),
  };
}

/** One empty map for all namespaces without gracekeeper keys, to save memory. */
const NOTHING: ReadonlyMap<string, string> = new Map();

function ours(all: Readonly<Record<string, unknown>>, keys: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const key of keys) {
    const value = Object.hasOwn(all, key) ? all[key] : undefined;
    if (typeof value === "string") found.set(key, value.slice(0, LONGEST_KEPT));
  }
  return found.size === 0 ? NOTHING : found;
}

/**
 * The name of the label or annotation by which a mesh announces its proxy. `istio-injection: disabled` also overrides
 * the revision label of Istio.
 */
function announcedBy(
  { [ISTIO_INJECTION]: injection, [ISTIO_REVISION]: revision }: Readonly<Record<string, unknown>>,
  { [LINKERD_INJECT]: linkerd }: Readonly<Record<string, unknown>>,
): MeshKey | undefined {
  if (injection === "enabled") return ISTIO_INJECTION;
  if (injection === undefined && revision !== undefined) return ISTIO_REVISION;
  return linkerd === "enabled" || linkerd === "ingress" ? LINKERD_INJECT : undefined;
}

/** The namespace of a manifest that does not name one: it has no labels and annotations. */
export const SILENT_NAMESPACE: Namespace = namespaceOf("", {}, {});
