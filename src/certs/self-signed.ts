import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { bits, implicit, integer, octets, oid, sequence, set, TRUE, tagged, utcTime, utf8 } from "./der.ts";

const HOUR = 3600 * 1000;
const DAY = 24 * HOUR;

/**
 * Some browsers refuse self-signed certificates with a long validity. A server that runs for more than 90 days needs
 * certificate files.
 */
const LIFE = 90 * DAY;

/** A client whose clock is behind must not find the certificate "not yet valid". */
const CLOCK_SKEW = HOUR;

/**
 * RFC 5280 allows 20 bytes. The first byte is 1, so that the serial number is positive and always has the same length.
 */
const SERIAL_BYTES = 15;

const ECDSA_WITH_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const COMMON_NAME = oid("2.5.4.3");

const LOOPBACK_V4 = Buffer.of(127, 0, 0, 1);
const LOOPBACK_V6 = Buffer.concat([Buffer.alloc(15), Buffer.of(1)]);

/**
 * Makes a self-signed certificate for localhost in memory, for `npm start` and tests.
 *
 * The function writes the bytes of RFC 5280 itself, because a certificate library takes 70 ms and 20 MB to load.
 */
export function makeCertificate(now = new Date()): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const body = toBeSigned(publicKey, now.getTime());
  const signature = sign("sha256", body, privateKey);
  const certificate = sequence(body, ECDSA_WITH_SHA256, bits(signature));
  const base64 = certificate.toString("base64").replace(/.{1,64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** TBSCertificate, version 3: RFC 5280, 4.1. */
function toBeSigned(publicKey: KeyObject, now: number): Buffer {
  const name = sequence(set(sequence(COMMON_NAME, utf8("gracekeeper, made for this run"))));
  return sequence(
    tagged(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(SERIAL_BYTES)])),
    ECDSA_WITH_SHA256,
    name,
    sequence(utcTime(new Date(now - CLOCK_SKEW)), utcTime(new Date(now - CLOCK_SKEW + LIFE))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, extensions()),
  );
}

/** The extensions of RFC 5280, 4.2.1: key usage (3, 12), basic constraints (9) and names (6). */
function extensions(): Buffer {
  const digitalSignature = bits(Buffer.of(0x80), 7);
  const serverAuth = sequence(oid("1.3.6.1.5.5.7.3.1"));
  const names = sequence(
    implicit(2, Buffer.from("localhost")),
    implicit(7, LOOPBACK_V4),
    implicit(7, LOOPBACK_V6),
  );
  return sequence(
    sequence(oid("2.5.29.15"), TRUE, octets(digitalSignature)),
    sequence(oid("2.5.29.19"), TRUE, octets(sequence())),
    sequence(oid("2.5.29.37"), octets(serverAuth)),
    sequence(oid("2.5.29.17"), octets(names)),
  );
}
