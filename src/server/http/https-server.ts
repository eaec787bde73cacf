import { constants } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import type { Pair } from "../tls/key-pair.ts";

const SECOND = 1000;

/** The time limits for callers, in milliseconds. */
export const TIMINGS = {
  /**
   * The API server keeps an idle connection for 90 s and must close it first. Go does not retry a POST on a connection
   * that the server has closed.
   */
  keepAlive: 95 * SECOND,
  /**
   * Limits for the handshake, the headers and the whole request. With the manifests of gracekeeper, the API server
   * cancels a call after 2 s.
   */
  handshake: 10 * SECOND,
  headers: 10 * SECOND,
  request: 12 * SECOND,
  /**
   * The interval at which Node checks the limits for headers and requests. With the default of 30 s, a slow caller
   * could stay for 42 s.
   */
  look: SECOND,
  /**
   * The limit for a caller that does not read the response or sends nothing. The limit must be longer than keepAlive,
   * which closes idle connections.
   */
  stuck: 120 * SECOND,
};

export type Timings = typeof TIMINGS;

/**
 * The maximum number of requests on one connection; the last response has the header `Connection: close`. Without a
 * limit, the API server would use one replica for ever, and new replicas would get no requests. A handshake costs as
 * much as five to ten decisions, which is little for 200 requests.
 */
export const REQUESTS_PER_CONNECTION = 200;

/**
 * The size limit for the HTTP headers, in bytes. The limit equals Node's default, and stays if a new Node has another
 * default.
 */
const HEADER_BYTES = 16 * 1024;

/** The TLS settings of new connections. */
export interface Secure {
  readonly pair: Pair;
  /**
   * CAs in PEM form, one of which must have signed the certificate of each caller. If undefined, callers need no
   * certificate.
   */
  readonly clientCa: string | undefined;
}

function secureOptions({ pair: { cert, key }, clientCa }: Secure) {
  return {
    cert,
    key,
    minVersion: "TLSv1.2",
    ...(clientCa !== undefined && {
      ca: clientCa,
      // Session tickets are off, because a resumed session does not check the certificate again, even if its CA was
      // removed.
      secureOptions: constants.SSL_OP_NO_TICKET,
    }),
  } as const;
}

/** Changes the TLS settings of new connections. */
export type ChangeSecure = (change: Partial<Secure>) => void;

export function secureChanger(server: Server, first: Secure): ChangeSecure {
  let current = first;
  return (change) => {
    current = { ...current, ...change };
    server.setSecureContext(secureOptions(current));
  };
}

/**
 * Creates an HTTPS server for HTTP/1.1 only. The API server uses only HTTP/1.1 for a Service, and HTTP/2 allows flood
 * attacks.
 */
export function createHttpsServer(secure: Secure, listener: RequestListener, timings = TIMINGS): Server {
  const options: ServerOptions = {
    ...secureOptions(secure),
    requestCert: secure.clientCa !== undefined,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: timings.handshake,
    headersTimeout: timings.headers,
    requestTimeout: timings.request,
    connectionsCheckingInterval: timings.look,
    keepAliveTimeout: timings.keepAlive,
    maxHeaderSize: HEADER_BYTES,
    // Nagle's algorithm is off, because responses are small and the caller waits for them.
    noDelay: true,
  };
  const server = createServer(options, listener).setTimeout(timings.stuck);
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  return server;
}

/** The status for some errors of Node's HTTP parser. All others are a 400. */
const PARSER_STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/**
 * The connection stays open for this long after an error, so that the caller can read the error. An immediate close
 * would reset the connection and lose the error.
 */
const LINGER = SECOND;

/**
 * Answers bytes that are no valid HTTP request. The response is written to the socket, because there is no request
 * object.
 *
 * Returns the status, or undefined if it sends no response because the handshake failed or the caller closed the
 * connection.
 *
 * A caller that has sent no byte also gets no response, because Go opens connections for later use. If a 408 crossed
 * with the first request on such a connection, Go would take the 408 for the response to that request.
 */
export function refuseBytes({ code = "" }: NodeJS.ErrnoException, socket: Socket): number | undefined {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT" && socket.bytesRead === 0) return undefined;
  if (!/^(HPE|ERR_HTTP)_/.test(code) || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const line = PARSER_STATUS[code] ?? "400 Bad Request";
  const text = `${line}\n`;
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\nConnection: close\r\n\r\n${text}`,
  );
  setTimeout(() => socket.destroy(), LINGER).unref();
  return Number.parseInt(line, 10);
}
