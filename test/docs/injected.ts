import { applyPatch, type Operation } from "rfc6902";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import type { JsonObject } from "../../src/json.ts";
import type { KubernetesObject } from "../manifests/read.ts";
import { CONTEXT, reviewOf } from "../reviews.ts";

const HOOKLESS = { containers: [{ name: "web", image: "web:1" }], restartPolicy: "Always" };

/**
 * Calls `/mutate` with a pod without a hook and with a grace period of 30 s. Returns the answer and the patched pod.
 */
export function injected(spec: JsonObject, annotations: JsonObject = {}) {
  const pod: KubernetesObject = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", annotations },
    spec: structuredClone({ terminationGracePeriodSeconds: 30, ...HOOKLESS, ...spec }),
  };
  const { response } = mutate(readReview(reviewOf(pod)), CONTEXT).response;
  const operations = JSON.parse(Buffer.from(response.patch ?? "", "base64").toString()) as Operation[];
  applyPatch(pod, operations);
  return { pod, warnings: response.warnings };
}
