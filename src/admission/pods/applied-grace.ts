import { asObject, type JsonObject } from "../../json.ts";
import { GRACE } from "./read-spec.ts";

/** What `kubectl apply` applied last (k8s.io/api core/v1 `LastAppliedConfigAnnotation`, 1.37). */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** A longer text is not read: a pod's manifest rarely has 10 KiB, and reading takes time. */
const LONGEST_READ = 64 * 1024;

/** More than write to any pod while it is created. */
const MOST_MANAGERS = 20;

/**
 * Whether an apply, of the client or of the server, states the pod's grace period. The next apply of the same file then
 * asks for that number again. The API server denies it if the number has changed: the grace period of a pod is fixed.
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
