import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";

/** A certificate and its private key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** The names and addresses of the certificate, in OpenSSL's format. */
  readonly names: string;
}

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** An error in the certificate or its key. `message` has the problem and the advice in one or two sentences. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** @throws CertificateError */
export async function readPair(files: CertificateFiles): Promise<Pair> {
  return checkPair(await read(files.cert), await read(files.key), files);
}

/**
 * Checks that the certificate and the key can be parsed and belong together. The dates are not checked.
 *
 * @throws CertificateError
 */
export function checkPair(cert: string, key: string, files: CertificateFiles): Pair {
  const certificate = parse(
    () => new X509Certificate(cert),
    `${files.cert} is not a certificate in PEM form. Put the serving certificate into this file.`,
  );
  const privateKey = parse(
    () => createPrivateKey(key),
    `${files.key} is not an unencrypted private key in PEM form. Put the key of ${files.cert} into this file.`,
  );
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new CertificateError(
      `${files.key} does not match the certificate in ${files.cert}. Replace both files with a matching pair.`,
    );
  }
  return {
    cert,
    key,
    notBefore: certificate.validFromDate,
    notAfter: certificate.validToDate,
    names: certificate.subjectAltName ?? "",
  };
}

/**
 * The reason why the certificate is not valid now, or undefined. A certificate that is not valid now must not replace a
 * valid certificate, because every call would fail. `renew` is the advice for an expired certificate.
 */
export function datesError(pair: Pair, now: Date, renew = "Renew the certificate."): string | undefined {
  if (pair.notAfter < now) {
    return `the certificate expired on ${pair.notAfter.toISOString()}. ${renew}`;
  }
  if (pair.notBefore > now) {
    return `the certificate is valid only from ${pair.notBefore.toISOString()}. Correct the clock, or wait until that date.`;
  }
  return undefined;
}

/**
 * An error if the two certificates have no name in common, or undefined. Without a shared DNS name, callers that accept
 * the current certificate would refuse the new certificate.
 */
export function namesError(pair: Pair, current: Pair): string | undefined {
  const isFor = (one: Pair, other: Pair): boolean => {
    const certificate = new X509Certificate(one.cert);
    return dnsNames(other).some((name) => certificate.checkHost(name) !== undefined);
  };
  // Both directions are compared, because either certificate may have a wildcard.
  if (dnsNames(current).length === 0 || isFor(pair, current) || isFor(current, pair)) return undefined;
  return `the new certificate is for ${pair.names || "no name"}, but the current certificate is for ${current.names}. Replace the new certificate, or restart the pods to use it.`;
}

function dnsNames({ names }: Pair): readonly string[] {
  return [...names.matchAll(/DNS:([^,"]+)/g)].map(([, name = ""]) => name);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new CertificateError(
      code === "ENOENT"
        ? `there is no file ${path}. Mount the Secret with the certificate at this path, or give the path with --tls-cert and --tls-key.`
        : `${path} cannot be read (${code}). Give the path of a file that this user may read.`,
    );
  }
}

function parse<T>(make: () => T, otherwise: string): T {
  try {
    return make();
  } catch {
    throw new CertificateError(otherwise);
  }
}
