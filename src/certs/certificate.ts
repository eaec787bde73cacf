import { createPrivateKey, X509Certificate } from "node:crypto";

/** A parsed certificate. Times are milliseconds since 1970. */
export interface Certificate {
  /** The SHA-256 fingerprint of the certificate. */
  readonly id: string;
  /** The common name, or the whole subject if there is no common name. */
  readonly name: string;
  readonly pem: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A CA with its key, in PEM form. */
export interface Authority extends Certificate {
  readonly key: string;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in PEM blocks, without duplicates. PEM blocks that cannot be read are left out. */
export function readCertificates(pems: string): Certificate[] {
  const read = (pems.match(BLOCK) ?? []).flatMap((pem) => parse(pem) ?? []).map(describe);
  return [...new Map(read.map((one) => [one.id, one])).values()];
}

/** A CA that can sign, or a clause that says why it cannot. */
export function readAuthority(pem: string, key: string): Authority | string {
  const certificate = parse(pem);
  if (certificate === undefined) return "the certificate cannot be read";
  if (!certificate.ca) return "the certificate is not a CA certificate";
  try {
    const privateKey = createPrivateKey(key);
    if (!certificate.checkPrivateKey(privateKey)) return "the private key does not match the certificate";
    if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1")
      return "the private key is not ECDSA P-256";
  } catch {
    return "the private key cannot be read";
  }
  return { ...describe(certificate), key };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function describe(certificate: X509Certificate): Certificate {
  return {
    id: certificate.fingerprint256,
    name: /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? certificate.subject,
    pem: certificate.toString(),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}
