import { asObject, type JsonObject, typeName } from "../json.ts";
import { BadRequest } from "./bad-request.ts";

/**
 * The request of an `admission.k8s.io/v1` AdmissionReview, with the fields that a decision needs.
 *
 * Source: k8s.io/api/admission/v1 types.go `AdmissionRequest` (1.36). `object` and `oldObject` are not parsed here,
 * because their fields depend on the kind.
 */
export interface Review {
  readonly uid: string;
  /** CREATE, UPDATE, DELETE or CONNECT. A request with any other operation is allowed without a check. */
  readonly operation: string;
  readonly kind: GroupVersionKind;
  /** The resource in the plural, as in a URL: `pods`. */
  readonly resource: string;
  /** The subresource, such as `status`, `scale` or `eviction`; empty if the request is about the object itself. */
  readonly subResource: string;
  /** The name of the object; empty if the API server still has to generate the name from `generateName`. */
  readonly name: string;
  /**
   * The namespace of the request. The object's `metadata.namespace` is not used, because controllers before 1.24 leave
   * it empty.
   */
  readonly namespace: string;
  readonly user: Requester;
  readonly dryRun: boolean;
  readonly object: unknown;
  readonly oldObject: unknown;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface Requester {
  readonly name: string;
  readonly groups: readonly string[];
}

export const REVIEW_API_VERSION = "admission.k8s.io/v1";

/**
 * Reads the body of a request as a review.
 *
 * @throws BadRequest if the body is not an AdmissionReview, or has another version.
 */
export function readReview(body: unknown): Review {
  const review = asObject(body);
  if (review === undefined)
    throw new BadRequest(`the body must be an AdmissionReview, not ${typeName(body)}.`);
  checkVersion(review);
  const request = asObject(review["request"]);
  if (request === undefined) {
    throw new BadRequest(`request must be an AdmissionRequest, not ${typeName(review["request"])}.`);
  }
  const uid = text(request, "request", "uid");
  if (uid === "")
    throw new BadRequest("request.uid must be set: without it no answer can be matched to the request.");
  return {
    uid,
    operation: text(request, "request", "operation"),
    kind: readKind(request["kind"]),
    resource: text(asObject(request["resource"]) ?? {}, "request.resource", "resource"),
    subResource: text(request, "request", "subResource"),
    name: text(request, "request", "name"),
    namespace: text(request, "request", "namespace"),
    user: readUser(request["userInfo"]),
    dryRun: request["dryRun"] === true,
    object: request["object"] ?? undefined,
    oldObject: request["oldObject"] ?? undefined,
  };
}

function checkVersion(review: JsonObject): void {
  const { apiVersion, kind } = review;
  if (kind !== "AdmissionReview") {
    const hint =
      typeof kind === "string"
        ? " To explain a manifest, POST the manifest to /explain of a server with --explain."
        : "";
    throw new BadRequest(`kind must be AdmissionReview, not ${shown(kind)}.${hint}`);
  }
  if (apiVersion !== REVIEW_API_VERSION) {
    throw new BadRequest(
      `apiVersion must be ${REVIEW_API_VERSION}, not ${shown(apiVersion)}. ` +
        'Set admissionReviewVersions: ["v1"] in the webhook configuration.',
    );
  }
}

function readKind(value: unknown): GroupVersionKind {
  const kind = asObject(value);
  if (kind === undefined) throw new BadRequest(`request.kind must be set, not ${typeName(value)}.`);
  return {
    group: text(kind, "request.kind", "group"),
    version: text(kind, "request.kind", "version"),
    kind: text(kind, "request.kind", "kind"),
  };
}

function readUser(value: unknown): Requester {
  const user = asObject(value) ?? {};
  const groups = user["groups"];
  return {
    name: text(user, "request.userInfo", "username"),
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === "string") : [],
  };
}

/** An optional string member. An absent member and a null are read as the empty string. */
function text(object: JsonObject, path: string, key: string): string {
  const value = object[key];
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new BadRequest(`${path}.${key} must be a string, not ${typeName(value)}.`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : typeName(value);
}
