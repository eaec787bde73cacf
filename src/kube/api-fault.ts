interface Details {
  /** The HTTP status, or the code of a Status object in a watch; undefined without a response. */
  readonly status?: number | undefined;
  /** Milliseconds. */
  readonly retryAfter?: number | undefined;
  /** The response is longer than the limit. */
  readonly tooLong?: boolean;
  /** The response is malformed, so events may be lost. */
  readonly unreadable?: boolean;
}

/** The error of a failed request to the API server. `message` is one printable sentence for the log. */
export class ApiFault extends Error {
  override readonly name = "ApiFault";
  readonly status: number | undefined;
  readonly retryAfter: number | undefined;
  readonly tooLong: boolean;
  readonly unreadable: boolean;

  constructor(message: string, details: Details = {}) {
    super(message);
    this.status = details.status;
    this.retryAfter = details.retryAfter;
    this.tooLong = details.tooLong ?? false;
    this.unreadable = details.unreadable ?? false;
  }
}

/** An answer other than 200. `what` is the task, such as "list namespaces". */
export function statusFault(status: number, retryAfter: string | undefined, what: string): ApiFault {
  const seconds = /^\d{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined;
  return new ApiFault(statusText(status, what), {
    status,
    retryAfter: seconds === undefined ? undefined : seconds * 1000,
  });
}

function statusText(status: number, what: string): string {
  switch (status) {
    case 401:
      return "The API server does not accept the token or certificate of gracekeeper (HTTP 401).";
    case 403:
      return `Permission to ${what} denied (HTTP 403). Grant this permission to the service account of gracekeeper.`;
    default:
      return `Cannot ${what}: the API server answered HTTP ${status}.`;
  }
}

const LONGEST_TEXT = 200;

/**
 * Turns an error of a request into a fault.
 *
 * @throws the error itself if it is a bug.
 */
export function asFault(error: unknown, what: string): ApiFault {
  if (error instanceof ApiFault) return error;
  if (isBug(error)) throw error;
  const { code, path, message = String(error) } = Object(error) as Partial<NodeJS.ErrnoException>;
  if (path !== undefined) return new ApiFault(`Cannot ${what}: ${path} cannot be used (${code}).`);
  if (notTrusted(error)) return new ApiFault(`The certificate of the API server is not trusted (${code}).`);
  if (code !== undefined) return new ApiFault(`Cannot ${what}: no connection to the API server (${code}).`);
  const line = message
    .replace(/[^ -~]+/g, " ")
    .slice(0, LONGEST_TEXT)
    .trim();
  return new ApiFault(`Cannot ${what}: ${line}.`);
}

/**
 * A TypeError, ReferenceError or RangeError without a code is a bug. A network error has a code, or its class is none
 * of these three.
 */
function isBug(error: unknown): boolean {
  const isProgramError =
    error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
  return isProgramError && !("code" in error);
}

/** Whether Node did not trust the certificate of the API server, for example because our copy of the CA is old. */
export function notTrusted(error: unknown): boolean {
  const { code } = Object(error) as Partial<NodeJS.ErrnoException>;
  return /CERT|SIGN|TLS|SSL|ISSUER/.test(String(code ?? ""));
}
