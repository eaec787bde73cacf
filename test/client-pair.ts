import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  PemConverter,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Authority } from "../src/certs/certificate.ts";
import { makeAuthority } from "../src/certs/sign.ts";

export { makeAuthority };

/** The extended key usage of server certificates, for tests of wrong client certificates. */
export const FOR_SERVERS = ExtendedKeyUsage.serverAuth;

const HOUR = 3_600_000;
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };

export interface ClientPair {
  readonly cert: string;
  readonly key: string;
}

/** A client certificate that an API server presents. `subject` is a distinguished name such as `CN=kube-apiserver`. */
export async function clientPair(
  ca: Authority,
  subject: string,
  { usage = ExtendedKeyUsage.clientAuth as string, notAfter = new Date(Date.now() + HOUR) } = {},
): Promise<ClientPair> {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: "01",
    subject,
    issuer: new X509Certificate(ca.pem).subject,
    notBefore: new Date(notAfter.getTime() - 2 * HOUR),
    notAfter,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(ca.key).toCryptoKey(ECDSA, false, ["sign"]),
    extensions: [new BasicConstraintsExtension(false), new ExtendedKeyUsageExtension([usage])],
  });
  const key = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { cert: certificate.toString("pem"), key: PemConverter.encode(key, "PRIVATE KEY") };
}
