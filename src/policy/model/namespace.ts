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
 * The labels and annotations of ours on a namespace, as texts, and what announces the proxy of a mesh there. A decision gets
 * it as a value. Undefined means that the namespaces are not known: no API access, or no list yet.
 */
export interface Namespace {
  readonly name: string;
  /** Only keys of ours. */
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The label or annotation of a mesh that announces its proxy in every pod. The key alone, to keep memory small. */
  readonly announcedBy: MeshKey | undefined;
}

export type MeshKey = typeof ISTIO_INJECTION | typeof ISTIO_REVISION | typeof LINKERD_INJECT;

export const NAMESPACE_LABELS: readonly string[] = [VALIDATE_LABEL, INJECT_LABEL];

export const NAMESPACE_ANNOTATIONS: readonly string[] = [
  SHUTDOWN_SECONDS,
  PRESTOP_SLEEP_SECONDS,
  MAX_GRACE_SECONDS,
];

/** What is read of a namespace. */
export const READ_LABELS: readonly string[] = [...NAMESPACE_LABELS, ISTIO_INJECTION, ISTIO_REVISION];
export const READ_ANNOTATIONS: readonly string[] = [...NAMESPACE_ANNOTATIONS, LINKERD_INJECT];

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
    announcedBy: announcedBy(labels, annotations),
  };
}

/** Shared by all namespaces without anything of ours. */
const NOTHING: ReadonlyMap<string, string> = new Map();

function ours(all: Readonly<Record<string, unknown>>, keys: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const key of keys) {
    const value = Object.hasOwn(all, key) ? all[key] : undefined;
    if (typeof value === "string") found.set(key, value.slice(0, LONGEST_KEPT));
  }
  return found.size === 0 ? NOTHING : found;
}

/** A label of Istio that says `disabled` stands against its revision, too. */
function announcedBy(
  { [ISTIO_INJECTION]: injection, [ISTIO_REVISION]: revision }: Readonly<Record<string, unknown>>,
  { [LINKERD_INJECT]: linkerd }: Readonly<Record<string, unknown>>,
): MeshKey | undefined {
  if (injection === "enabled") return ISTIO_INJECTION;
  if (injection === undefined && revision !== undefined) return ISTIO_REVISION;
  return linkerd === "enabled" || linkerd === "ingress" ? LINKERD_INJECT : undefined;
}

/** What a manifest is checked by where its namespace is not given: one that says nothing. */
export const SILENT_NAMESPACE: Namespace = namespaceOf("", {}, {});
