import { BadRequest } from "../../admission/bad-request.ts";

/** The error for a request that the caller must change or repeat. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  /** @param sentence The reason, and the body of the response. */
  constructor(status: number, sentence: string) {
    super(sentence);
    this.status = status;
  }
}

/** The HTTP response to a request without a decision. */
export interface ErrorReply {
  readonly status: number;
  /** One line of printable ASCII. */
  readonly sentence: string;
}

/**
 * Our own messages for errors of fastify that the caller can correct. All other errors of fastify are bugs in
 * gracekeeper.
 */
const FASTIFY_ERRORS: Readonly<Record<string, HttpError>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: new HttpError(415, "the Content-Type must be application/json."),
  FST_ERR_BAD_URL: new HttpError(400, "the path is not a valid URL path."),
};

const INTERNAL_ERROR = "gracekeeper failed on this request. See the error in the log of gracekeeper.";

/** The status and the sentence for a thrown error. An unknown error is a bug and gets status 500. */
export function errorReply(thrown: unknown): ErrorReply {
  const code = (thrown as { code?: unknown } | null)?.code;
  const error = typeof code === "string" ? (FASTIFY_ERRORS[code] ?? thrown) : thrown;
  if (error instanceof BadRequest) return { status: 400, sentence: printable(error.message) };
  if (error instanceof HttpError) return { status: error.status, sentence: printable(error.message) };
  return { status: 500, sentence: INTERNAL_ERROR };
}

/** The error for a request that matches no route: its path is unknown (404), or its method is wrong (405). */
export function noRoute(path: string, method: string, routes: readonly string[]): HttpError {
  const known = routes.includes(path.split("?", 1)[0] ?? "");
  return known
    ? new HttpError(405, `use POST here, not ${method}.`)
    : new HttpError(404, `there is nothing here. POST to ${routes.join(", ")}.`);
}

/** The length limit of a sentence that quotes the request. All other sentences of gracekeeper are shorter. */
const LONGEST_SENTENCE = 500;

/**
 * Returns the text as one line of printable ASCII, because terminals show the text, and the text may quote the request.
 */
function printable(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, "?");
  return line.length > LONGEST_SENTENCE ? `${line.slice(0, LONGEST_SENTENCE)}...` : line;
}
