/** Reads the entries of webhook configurations that call our Service, and writes their caBundle. */
import { asObject, type JsonObject } from "../json.ts";
import { readCertificates } from "./certificate.ts";
import type { Entry } from "./plan.ts";
import { bundle } from "./secret.ts";

export const KINDS = {
  validating: { kind: "ValidatingWebhookConfiguration", resource: "validatingwebhookconfigurations" },
  mutating: { kind: "MutatingWebhookConfiguration", resource: "mutatingwebhookconfigurations" },
} as const;

export type ConfigurationKind = keyof typeof KINDS;

export const GROUP_VERSION = "admissionregistration.k8s.io/v1";

/** The Service that our entries call. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
}

export function readEntries(configuration: JsonObject, service: Service): Entry[] {
  const webhooks = Array.isArray(configuration["webhooks"]) ? configuration["webhooks"] : [];
  return webhooks.flatMap((webhook: unknown) => {
    const { name, clientConfig } = asObject(webhook) ?? {};
    const { caBundle, service: called } = asObject(clientConfig) ?? {};
    const { name: calledName, namespace } = asObject(called) ?? {};
    if (typeof name !== "string" || calledName !== service.name || namespace !== service.namespace) return [];
    const pems = typeof caBundle === "string" ? Buffer.from(caBundle, "base64").toString() : "";
    return [{ name, certificates: readCertificates(pems) }];
  });
}

/**
 * The body of a server-side apply. The body has all of our entries, because a server-side apply removes fields that the
 * same manager set earlier and now leaves out. Because of resourceVersion, the API server refuses the apply (409) if
 * the object has changed since.
 */
export function applyBody(
  kind: ConfigurationKind,
  metadata: { readonly name: string; readonly resourceVersion: string },
  entries: readonly Entry[],
): JsonObject {
  return {
    apiVersion: GROUP_VERSION,
    kind: KINDS[kind].kind,
    metadata,
    webhooks: entries.map(({ name, certificates }) => ({
      name,
      clientConfig: { caBundle: Buffer.from(bundle(certificates)).toString("base64") },
    })),
  };
}
