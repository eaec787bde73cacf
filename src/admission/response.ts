import { asciiJson } from "../json.ts";
import type { AddOperation } from "../policy/injection/patch.ts";
import { REVIEW_API_VERSION } from "./review.ts";

/** A decision. Only this file writes a uid, a status or a patch type into a response. */
export type Verdict = Allowed | Denied | Patched;

interface Notes {
  /** One line each, printable ASCII: the API server silently drops a warning with a control character. */
  readonly warnings: readonly string[];
  /** Keys without a slash, at most 63 characters; the API server puts the webhook's name in front. */
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

export interface Allowed extends Notes {
  readonly kind: "allowed";
}

export interface Denied extends Notes {
  readonly kind: "denied";
  readonly message: string;
  /** The fields at fault, for clients that read `status.details`. */
  readonly causes: readonly Cause[];
}

export interface Patched extends Notes {
  readonly kind: "patched";
  /** Never empty: a patch type without a patch is an error to the API server. */
  readonly patch: readonly AddOperation[];
}

/** metav1 `StatusCause`. */
export interface Cause {
  readonly reason: "FieldValueInvalid";
  readonly message: string;
  readonly field: string;
}

export interface ReviewResponse {
  readonly apiVersion: typeof REVIEW_API_VERSION;
  readonly kind: "AdmissionReview";
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly status?: object;
    readonly warnings?: readonly string[];
    readonly auditAnnotations?: Readonly<Record<string, string>>;
    readonly patchType?: "JSONPatch";
    /** base64 of the JSON array. */
    readonly patch?: string;
  };
}

/**
 * The AdmissionReview that answers the request with this uid.
 *
 * Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/request/admissionreview.go
 * `VerifyAdmissionResponse` and webhook/errors/statuserror.go `ToStatusErr` (1.36). A denial without a code would
 * become 400, so every denial has 403 and Forbidden.
 */
export function complete(uid: string, verdict: Verdict): ReviewResponse {
  const notes = {
    ...(verdict.warnings.length > 0 && { warnings: verdict.warnings }),
    ...(Object.keys(verdict.auditAnnotations).length > 0 && { auditAnnotations: verdict.auditAnnotations }),
  };
  return {
    apiVersion: REVIEW_API_VERSION,
    kind: "AdmissionReview",
    response: { uid, allowed: verdict.kind !== "denied", ...body(verdict), ...notes },
  };
}

function body(verdict: Verdict): object {
  switch (verdict.kind) {
    case "allowed":
      return {};
    case "denied":
      return {
        status: {
          status: "Failure",
          code: 403,
          reason: "Forbidden",
          message: verdict.message,
          details: { causes: verdict.causes },
        },
      };
    case "patched":
      return { patchType: "JSONPatch", patch: base64(JSON.stringify(verdict.patch)) };
  }
}

/** btoa takes one byte for each character, so everything above ASCII becomes a JSON escape. */
function base64(json: string): string {
  return btoa(asciiJson(json));
}
