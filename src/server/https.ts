import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import type { Pair } from "./certificate.ts";

const SECOND = 1000;

/**
 * Above the 90 s for which the API server keeps an idle connection: whoever closes first must be the API server, for
 * Go does not send a POST again that met a closing connection.
 */
const KEEP_ALIVE = 95 * SECOND;

/** A caller that has not sent its headers, its body, or finished the TLS handshake by then never will in time. */
const HANDSHAKE = 10 * SECOND;
const HEADERS = 10 * SECOND;
const REQUEST = 12 * SECOND;

/** How often Node looks for requests that are late; with its 30 s a slow caller would hold on for 42. */
const LOOK_FOR_LATE_REQUESTS = SECOND;

/** A caller that takes no byte of its answer; above KEEP_ALIVE, which ends idle connections. */
const STUCK = 120 * SECOND;

const HEADER_BYTES = 16 * 1024;

/** The TLS side of the server; used at start and again for every new certificate. */
export function secureOptions(pair: Pair) {
  return { cert: pair.cert, key: pair.key, minVersion: "TLSv1.2" } as const;
}

/** An HTTPS server, HTTP/1.1 only: the API server speaks nothing else to a Service, and HTTP/2 has had its floods. */
export function createHttpsServer(pair: Pair, listener: RequestListener): Server {
  const options: ServerOptions = {
    ...secureOptions(pair),
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: HANDSHAKE,
    headersTimeout: HEADERS,
    requestTimeout: REQUEST,
    connectionsCheckingInterval: LOOK_FOR_LATE_REQUESTS,
    keepAliveTimeout: KEEP_ALIVE,
    maxHeaderSize: HEADER_BYTES,
    // A webhook's answer is small and waited for.
    noDelay: true,
  };
  return createServer(options, listener).setTimeout(STUCK);
}

/** The status for what Node's parser refused; everything else it finds wrong is a 400. */
const PARSER_STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers bytes that are no HTTP request. There is no request to answer through, so this writes to the socket. */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Socket): number {
  const line = PARSER_STATUS[error.code ?? ""] ?? "400 Bad Request";
  if (socket.writable && error.code !== "ECONNRESET") {
    const text = `${line.slice(4)}.\n`;
    socket.end(
      `HTTP/1.1 ${line}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
    );
  } else {
    socket.destroy();
  }
  return Number.parseInt(line, 10);
}
