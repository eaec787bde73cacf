import { asObject, type JsonObject } from "../../json.ts";
import { GRACE } from "./read-spec.ts";

/**
 * The annotation in which `kubectl apply` stores the last applied manifest (k8s.io/api core/v1
 * `LastAppliedConfigAnnotation`, 1.37).
 */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The maximum length of an annotation that is parsed, because parsing takes time. The manifest of a pod rarely has more
 * than 10 KiB.
 */
const LONGEST_READ = 64 * 1024;

/** The most entries of `managedFields` that are read. A pod that is being created has fewer entries. */
const MOST_MANAGERS = 20;

/**
 * Whether a client-side or server-side apply sets the grace period of the pod. The next apply of the same file sets the
 * same grace period again. If another client has changed the grace period since, the API server refuses the next apply,
 * because the grace period of a pod is immutable.
 *
 * Source: kubectl pkg/cmd/apply (the annotation holds the whole object as it was sent); apimachinery
 * pkg/apis/meta/v1/types.go `ManagedFieldsEntry` (1.37).
 */
export function isGraceApplied(metadata: JsonObject, annotations: ReadonlyMap<string, string>): boolean {
  return inLastApplied(annotations.get(LAST_APPLIED)) || inManagedFields(metadata["managedFields"]);
}

function inLastApplied(text: string | undefined): boolean {
  if (text === undefined || text.length > LONGEST_READ || !text.includes(GRACE)) return false;
  try {
    return typeof member(JSON.parse(text), "spec", GRACE) === "number";
  } catch {
    return false;
  }
}

function inManagedFields(entries: unknown): boolean {
  if (!Array.isArray(entries)) return false;
  return entries.slice(0, MOST_MANAGERS).some((entry) => {
    const applied = asObject(entry)?.["operation"] === "Apply";
    return applied && member(entry, "fieldsV1", "f:spec", `f:${GRACE}`) !== undefined;
  });
}

function member(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((parent, key) => asObject(parent)?.[key], value);
}
