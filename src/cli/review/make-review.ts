import { createHash } from "node:crypto";
import { asObject, type JsonObject } from "../../json.ts";
import { groupOf } from "../../policy/model/workload.ts";
import { withDefaults } from "./defaults.ts";

/** Objects have no uid and no creation time in a mutating webhook, because the API server sets them later. */
export type Stage = "mutate" | "validate";

/** The namespace in which kubectl creates an object without `metadata.namespace`. */
const DEFAULT_NAMESPACE = "default";

/** A fixed time, so that the same manifest always gives the same review. */
const CREATED = "2026-11-02T09:00:00Z";

export interface MadeReview {
  readonly request: { readonly uid: string; readonly object: JsonObject; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/**
 * The AdmissionReview that a kube-apiserver 1.36 sends when a person creates the object with kubectl. Pods and built-in
 * workloads get the defaults that the API server sets before it calls a webhook. A custom resource stays unchanged,
 * because the defaults in its definition are unknown.
 *
 * @param manifest with apiVersion and kind.
 * @param namespace for an object without `metadata.namespace`.
 */
export function makeReview(
  manifest: JsonObject,
  stage: Stage,
  namespace: string = DEFAULT_NAMESPACE,
): MadeReview {
  const [apiVersion, kind] = [String(manifest["apiVersion"]), String(manifest["kind"])];
  const [version = ""] = apiVersion.split("/").slice(-1);
  const group = groupOf(apiVersion);
  const groupVersionKind = { group, version, kind };
  const resource = { group, version, resource: resourceOf(kind) };
  const given = asObject(manifest["metadata"]) ?? {};
  const isClusterWide = group === "" && kind === "Namespace";
  const inside = isClusterWide ? {} : { namespace: given["namespace"] ?? namespace };
  const name = typeof given["name"] === "string" ? given["name"] : "";
  const metadata = {
    ...given,
    ...inside,
    ...(stage === "validate" && { uid: uuid(`${kind} ${name}`), creationTimestamp: CREATED }),
  };
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: uuid(`${stage} ${kind} ${name}`),
      kind: groupVersionKind,
      resource,
      requestKind: groupVersionKind,
      requestResource: resource,
      ...(name !== "" && { name }),
      ...(isClusterWide ? { namespace: name } : inside),
      operation: "CREATE",
      userInfo: { username: "jane", groups: ["developers", "system:authenticated"] },
      object: withDefaults({ ...manifest, metadata }, group),
      oldObject: null,
      dryRun: false,
      options: {
        apiVersion: "meta.k8s.io/v1",
        kind: "CreateOptions",
        fieldManager: "kubectl-create",
        fieldValidation: "Strict",
      },
    },
  };
}

/**
 * The name of a kind in the URLs of the API. The name is correct for every kind with pods that gracekeeper knows.
 *
 * Source: apimachinery pkg/api/meta/restmapper.go `UnsafeGuessKindToResource` (1.36)
 */
export function resourceOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith("s")) return `${name}es`;
  return name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`;
}

/** A uid in the format of the API server. The same text always gives the same uid. */
function uuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
