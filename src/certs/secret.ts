/** Reads and writes the Secret with the CA. */
import { asObject, type JsonObject } from "../json.ts";
import { type Authority, type Certificate, readAuthority, readCertificates } from "./certificate.ts";
import { type CaContent, NO_CONTENT } from "./plan.ts";

/** The default type of a Secret, which backup tools also restore. The type is immutable. */
const TYPE = "Opaque";

const KEYS = [
  "ca.crt",
  "ca.key",
  "next-ca.crt",
  "next-ca.key",
  "previous-ca.crt",
  "other-ca.crt",
  "other-ca-until",
] as const;

type Data = Readonly<Record<(typeof KEYS)[number], string>>;

export type SecretReading =
  | { readonly kind: "good"; readonly content: CaContent }
  /** Ours, but not usable. `reason` is a clause. */
  | { readonly kind: "broken"; readonly reason: string }
  /** Another program made the Secret, so it must not be overwritten. */
  | { readonly kind: "foreign"; readonly reason: string };

export function readSecret(secret: JsonObject): SecretReading {
  const data = asObject(secret["data"]) ?? {};
  if (secret["type"] !== TYPE) return { kind: "foreign", reason: `its type is not ${TYPE}` };
  const stranger = Object.keys(data).find((key) => !KEYS.some((one) => one === key));
  if (stranger !== undefined)
    return {
      kind: "foreign",
      reason: `it has the key ${JSON.stringify(stranger)}, which gracekeeper does not write`,
    };
  const text = Object.fromEntries(KEYS.map((key) => [key, decode(data[key])])) as Data;
  const ca = authority(text["ca.crt"], text["ca.key"]);
  const next = authority(text["next-ca.crt"], text["next-ca.key"]);
  if (typeof ca === "string") return { kind: "broken", reason: `ca.crt and ca.key: ${ca}` };
  if (typeof next === "string") return { kind: "broken", reason: `next-ca.crt and next-ca.key: ${next}` };
  const previous = readCertificates(text["previous-ca.crt"]);
  const other = readCertificates(text["other-ca.crt"]);
  const until = Date.parse(text["other-ca-until"]);
  const otherUntil = Number.isNaN(until) ? 0 : until;
  return { kind: "good", content: { ...NO_CONTENT, ca, next, previous, other, otherUntil } };
}

function decode(value: unknown): string {
  return typeof value === "string" ? Buffer.from(value, "base64").toString() : "";
}

function authority(pem: string, key: string): Authority | string | undefined {
  return pem === "" && key === "" ? undefined : readAuthority(pem, key);
}

/** The `data` of the Secret for a merge patch (RFC 7386): null removes a key. */
export function writeData({ ca, next, previous, other, otherUntil }: CaContent): JsonObject {
  const texts: Data = {
    "ca.crt": ca?.pem ?? "",
    "ca.key": ca?.key ?? "",
    "next-ca.crt": next?.pem ?? "",
    "next-ca.key": next?.key ?? "",
    "previous-ca.crt": bundle(previous),
    "other-ca.crt": bundle(other),
    "other-ca-until": otherUntil === 0 ? "" : new Date(otherUntil).toISOString(),
  };
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [
      key,
      text === "" ? null : Buffer.from(text).toString("base64"),
    ]),
  );
}

export function bundle(certificates: readonly Certificate[]): string {
  return certificates.map(({ pem }) => pem).join("");
}

/** The Secret to create. */
export function emptySecret(namespace: string, name: string): JsonObject {
  const labels = { "app.kubernetes.io/name": "gracekeeper", "app.kubernetes.io/part-of": "gracekeeper" };
  return { apiVersion: "v1", kind: "Secret", metadata: { namespace, name, labels }, type: TYPE };
}
