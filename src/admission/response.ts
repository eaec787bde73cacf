import { asciiJson } from "../json.ts";
import type { AddOperation } from "../policy/injection/patch.ts";
import { REVIEW_API_VERSION } from "./review.ts";

/** A decision. Only this file writes a uid, a status or a patch type into a response. */
export type Verdict = Allowed | Denied | Patched;

interface Notes {
  /** Each warning is one line of printable ASCII. The API server silently drops a warning with a control character. */
  readonly warnings: readonly string[];
  /**
   * The key of an audit annotation has at most 63 characters and no slash, because the API server puts the webhook's
   * name and a slash in front.
   */
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
  /** The patch is never empty: the API server refuses a response with a patch type but without a patch. */
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
    /** The JSON Patch as base64. */
    readonly patch?: string;
  };
}

/**
 * The AdmissionReview that answers the request with this uid.
 *
 * Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/request/admissionreview.go
 * `VerifyAdmissionResponse` and webhook/errors/statuserror.go `ToStatusErr` (1.36). The API server turns a denial
 * without a code into 400, so every denial has code 403 and reason Forbidden.
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

/** Characters above ASCII are written as JSON escapes, because `btoa` accepts only characters of one byte. */
function base64(json: string): string {
  return btoa(asciiJson(json));
}
