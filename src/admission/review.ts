import { BadRequest } from "./bad-request.ts";

/**
 * The request half of an `admission.k8s.io/v1` AdmissionReview, as far as a decision needs it.
 *
 * Source: k8s.io/api/admission/v1 types.go `AdmissionRequest` (1.36). `object` and `oldObject` are left as they came:
 * what lies in them is read by whoever knows the kind.
 */
export interface Review {
  readonly uid: string;
  /** CREATE, UPDATE, DELETE or CONNECT; anything else is passed on and left untouched. */
  readonly operation: string;
  readonly kind: GroupVersionKind;
  /** Plural, as in the path: `pods`. */
  readonly resource: string;
  /** Empty for the object itself, else `status`, `scale`, `eviction`, ... */
  readonly subResource: string;
  /** Empty where the API server still has to generate the name. */
  readonly name: string;
  /** From the request, never from the object: controllers leave `metadata.namespace` empty (before 1.24). */
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
 * @throws BadRequest when it is none, or one of another version.
 */
export function readReview(body: unknown): Review {
  const review = mapping(body);
  if (review === undefined)
    throw new BadRequest(`the body must be an AdmissionReview, not ${typeName(body)}.`);
  checkVersion(review);
  const request = mapping(review["request"]);
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
    resource: text(mapping(request["resource"]) ?? {}, "request.resource", "resource"),
    subResource: text(request, "request", "subResource"),
    name: text(request, "request", "name"),
    namespace: text(request, "request", "namespace"),
    user: readUser(request["userInfo"]),
    dryRun: request["dryRun"] === true,
    object: request["object"] ?? undefined,
    oldObject: request["oldObject"] ?? undefined,
  };
}

function checkVersion(review: Mapping): void {
  const { apiVersion, kind } = review;
  if (kind !== "AdmissionReview") {
    const hint = typeof kind === "string" ? " To judge a manifest, POST it to /explain." : "";
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
  const kind = mapping(value);
  if (kind === undefined) throw new BadRequest(`request.kind must be set, not ${typeName(value)}.`);
  return {
    group: text(kind, "request.kind", "group"),
    version: text(kind, "request.kind", "version"),
    kind: text(kind, "request.kind", "kind"),
  };
}

function readUser(value: unknown): Requester {
  const user = mapping(value) ?? {};
  const groups = user["groups"];
  return {
    name: text(user, "request.userInfo", "username"),
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === "string") : [],
  };
}

/** A JSON object. Keys are read with `Object.hasOwn` semantics: the parser makes objects without inherited names. */
export type Mapping = Readonly<Record<string, unknown>>;

/** The value as a JSON object, or undefined when it is anything else. */
export function mapping(value: unknown): Mapping | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : undefined;
}

/** What a person would call the type of a JSON value: `a list`, `a string`, `nothing`. */
export function typeName(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "number" ? "a number" : `a ${typeof value}`;
}

/** An optional string member; absent and null are the empty string. */
function text(object: Mapping, path: string, key: string): string {
  const value = object[key];
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  throw new BadRequest(`${path}.${key} must be a string, not ${typeName(value)}.`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : typeName(value);
}
