/**
 * Makes CAs and the certificates that they sign. This module is loaded only if gracekeeper makes its own certificates,
 * because its library takes 90 ms and 24 MB.
 */
import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { Authority } from "./certificate.ts";
import { readAuthority } from "./certificate.ts";

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;

/** A CA is replaced after two thirds of its validity, so the old and the new CA overlap for four months. */
const CA_LIFE = 365 * DAY;

/**
 * A leaf is valid for a short time, because gracekeeper makes a new leaf in milliseconds. The key of a leaf never
 * leaves the memory of its process.
 */
const LEAF_LIFE = DAY;

/** A client whose clock is behind must not find a certificate "not yet valid". */
const CLOCK_SKEW = HOUR;

/**
 * RFC 5280 allows 20 bytes. The first byte is 1, so that the serial number is positive and always has the same length.
 */
const SERIAL_BYTES = 15;

const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** A certificate and its key in PEM form. */
export interface Leaf {
  readonly cert: string;
  readonly key: string;
}

/** @param now Milliseconds since 1970. */
export async function makeAuthority(now: number): Promise<Authority> {
  const { keys, key } = await makeKeys();
  const serial = randomBytes(SERIAL_BYTES).toString("hex");
  const day = new Date(now).toISOString().slice(0, 10);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: `01${serial}`,
    // The name has a date, so that an error message shows which CA it means. A part of the serial number makes the name
    // unique.
    name: `CN=gracekeeper CA ${day} ${serial.slice(0, 8)}`,
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(now + CA_LIFE),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const made = readAuthority(certificate.toString("pem"), key);
  if (typeof made === "string") throw new Error(`a CA was made, but ${made}`);
  return made;
}

/** A serving certificate for these DNS names. The certificate does not expire later than its CA. */
export async function signLeaf(ca: Authority, names: readonly string[], now: number): Promise<Leaf> {
  const { keys, key } = await makeKeys();
  const issuer = new X509Certificate(ca.pem);
  const issuerId = issuer.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(SERIAL_BYTES).toString("hex")}`,
    subject: `CN=${names[0]}`,
    issuer: issuer.subject,
    notBefore: new Date(now - CLOCK_SKEW),
    notAfter: new Date(Math.min(now + LEAF_LIFE, ca.notAfter)),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(ca.key).toCryptoKey(ECDSA, false, ["sign"]),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: "dns", value }))),
      ...(issuerId === undefined ? [] : [new AuthorityKeyIdentifierExtension(issuerId)]),
    ],
  });
  return { cert: certificate.toString("pem"), key };
}

async function makeKeys() {
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ["sign", "verify"]);
  const bytes = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { keys, key: PemConverter.encode(bytes, "PRIVATE KEY") };
}
