import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { FileError } from "../poll-file.ts";
import { CertificateError } from "./key-pair.ts";

/**
 * Reads the CAs of callers.
 *
 * @throws CertificateError
 */
export async function readClientCa(file: string): Promise<string> {
  const pem = await read(file);
  const blocks = pem
    .split(/(?=-----BEGIN CERTIFICATE-----)/)
    .filter((text) => text.startsWith("-----BEGIN CERTIFICATE-----"));
  if (blocks.length === 0) throw new CertificateError(`${file} has no certificate in PEM form. ${PUT}`);
  const cas = blocks.map((block) => parse(block, file));
  if (cas.some(({ ca }) => !ca))
    throw new CertificateError(`${file} has a certificate that is not a CA certificate. ${PUT}`);
  if (cas.every(({ validToDate }) => validToDate < new Date()))
    throw new CertificateError(`every CA in ${file} has expired. ${PUT}`);
  return pem;
}

const PUT = "Put the CA that signs the client certificates of the API servers into this file.";

/** Reads the CAs again after the start. @throws FileError */
export async function readClientCaAgain(file: string): Promise<string> {
  try {
    return await readClientCa(file);
  } catch (error) {
    throw error instanceof CertificateError ? new FileError(`${error.message} ${STAYS}`) : error;
  }
}

const STAYS = "The last valid CAs stay in use, but a new pod does not start with this file.";

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CertificateError(
      code === "ENOENT"
        ? `there is no file ${file}. ${PUT}`
        : `${file} cannot be read (${code}). Give the path of a file that this user may read.`,
    );
  }
}

function parse(block: string, file: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch {
    throw new CertificateError(`${file} has a certificate that cannot be read. ${PUT}`);
  }
}
