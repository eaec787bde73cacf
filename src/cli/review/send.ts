import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { isIP } from "node:net";
import { asObject } from "../../json.ts";
import { StartError } from "../../server/start-error.ts";
import type { MadeReview } from "./make-review.ts";
import type { ReviewTexts } from "./options.ts";

/** A webhook that reviews are sent to. */
export interface Server {
  /** Ends without a slash. */
  readonly url: string;
  /** CAs in PEM format, instead of those that Node trusts. */
  readonly ca: string | undefined;
  /**
   * The name that is sent in the handshake (RFC 6066, server_name) and that the certificate must have. The default is
   * the host of the URL.
   */
  readonly name: string | undefined;
  /** Whether every certificate is accepted. */
  readonly insecure: boolean;
}

/** What the webhook answered. */
export interface Answer {
  readonly allowed: boolean;
  /** The reason of a denial; empty if the webhook allowed the object. */
  readonly message: string;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
  readonly patch: readonly Operation[];
}

/** The operations of a JSON patch (RFC 6902). */
interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** An API server waits 10 s by default, and at most 30 s (kubernetes api admissionregistration/v1 types.go). */
const LONGEST_WAIT_MILLISECONDS = 30_000;

/** The longest answer of the webhook is a patch of a few MiB. */
const LONGEST_ANSWER = 32 * 1024 * 1024;

/** @throws StartError for an invalid option. */
export async function serverAt(
  url: string,
  { ca, serverName: name, insecure = false }: Pick<ReviewTexts, "ca" | "serverName" | "insecure">,
): Promise<Server> {
  if (!URL.canParse(url) || !url.startsWith("https://"))
    throw new StartError(
      `--server must be a URL such as https://localhost:8443, not ${JSON.stringify(url)}.`,
    );
  if (name !== undefined && !(HOST_NAME.test(name) && isIP(name) === 0))
    throw new StartError(
      `--server-name must be a host name such as gracekeeper.gracekeeper.svc, not ${JSON.stringify(name)}.`,
    );
  const server = { url: url.replace(/\/+$/, ""), name, insecure };
  if (ca === undefined) return { ...server, ca };
  try {
    return { ...server, ca: await readFile(ca, "utf8") };
  } catch (error) {
    throw new StartError(
      `--ca: ${ca} cannot be read (${(error as NodeJS.ErrnoException).code}). Give a file in PEM format.`,
    );
  }
}

/** RFC 1123. An IP address is not allowed as a server_name (RFC 6066). */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;

/** @throws StartError with the reason if the webhook does not answer. */
export async function send(
  review: MadeReview,
  route: string,
  server: Server,
  milliseconds = LONGEST_WAIT_MILLISECONDS,
): Promise<Answer> {
  const url = `${server.url}${route}`;
  const asked = posted(url, JSON.stringify(review), server, milliseconds);
  const { status, body } = await asked.catch((error: unknown) => {
    throw new StartError(failureText(url, error));
  });
  if (status !== 200)
    throw new StartError(`${url} answered HTTP ${status}: ${body.trim().slice(0, LONGEST_QUOTE)}`);
  return answerIn(body, url, review.request.uid);
}

const LONGEST_QUOTE = 300;

interface Posted {
  readonly status: number;
  readonly body: string;
}

function posted(url: string, body: string, server: Server, milliseconds: number): Promise<Posted> {
  const { ca, name: servername, insecure } = server;
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const options = { method: "POST", headers, rejectUnauthorized: !insecure };
    const tls = { ...(ca !== undefined && { ca }), ...(servername !== undefined && { servername }) };
    const sent = request(url, { ...options, ...tls }, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      response.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length > LONGEST_ANSWER) sent.destroy(new Error("the answer is too long"));
        chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    // The timeout covers the whole response. An idle timeout would never end a response that comes byte by byte.
    const timer = setTimeout(
      () => sent.destroy(new Error(`no answer within ${milliseconds / 1000} s`)),
      milliseconds,
    );
    sent.on("error", reject).on("close", () => clearTimeout(timer));
    sent.end(body);
  });
}

/** Node's error codes for an untrusted certificate (nodejs.org/api/tls.html, x509 certificate error codes). */
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER/;

function failureText(url: string, error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === OTHER_NAME) return otherNameText(url, error as OtherName);
  if (CERTIFICATE.test(code))
    return `the certificate of ${url} is not trusted (${code}). Give the CA of the certificate with --ca, or use --insecure for a trial.`;
  if (code === "ECONNREFUSED")
    return `nothing answers at ${url}. Start the webhook with "gracekeeper serve", or correct --server.`;
  return `the request to ${url} failed (${code || message}). Correct --server, or look at the log of the server.`;
}

const OTHER_NAME = "ERR_TLS_CERT_ALTNAME_INVALID";

/** Node's error if the certificate is for other names (nodejs.org/api/tls.html `tls.checkServerIdentity`). */
interface OtherName {
  readonly host: string;
  readonly cert: { readonly subjectaltname?: string };
}

/** How many names of a certificate an error message lists. */
const MOST_NAMES = 5;

function otherNameText(url: string, { host, cert }: OtherName): string {
  const names = [...(cert.subjectaltname ?? "").matchAll(/DNS:([^,\s"]+)/g)].map(([, name = ""]) => name);
  const has = names.length === 0 ? "has no name" : `is for ${names.slice(0, MOST_NAMES).join(", ")}`;
  return `the certificate of ${url} ${has}, not for ${host}. Set --server-name to a name in the certificate.`;
}

/** @throws StartError for a response that an API server would refuse. */
function answerIn(body: string, url: string, uid: string): Answer {
  const response = asObject(asObject(parsed(body))?.["response"]);
  if (response?.["uid"] !== uid)
    throw new StartError(
      `${url} did not answer with an AdmissionReview. Is --server the URL of the webhook?`,
    );
  const { allowed, status, warnings, auditAnnotations, patch } = response;
  return {
    allowed: allowed === true,
    message: textOf(asObject(status)?.["message"] ?? ""),
    warnings: Array.isArray(warnings) ? warnings.map(textOf) : [],
    auditAnnotations: Object.fromEntries(
      Object.entries(asObject(auditAnnotations) ?? {}).map(([key, value]) => [key, textOf(value)]),
    ),
    patch: typeof patch === "string" ? operations(Buffer.from(patch, "base64").toString("utf8")) : [],
  };
}

function operations(text: string): readonly Operation[] {
  const list = parsed(text);
  return (Array.isArray(list) ? list : [])
    .map(asObject)
    .filter((one) => one !== undefined)
    .map(({ op, path, value }) => ({ op: textOf(op), path: textOf(path), value }));
}

/** `String(value)` is avoided, because it would call a member `toString` of a JSON object. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
