import { constants } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import type { Pair } from "../tls/key-pair.ts";

const SECOND = 1000;

/** How long the server waits for a caller, in milliseconds. */
export const TIMINGS = {
  /**
   * Above the 90 s for which the API server keeps an idle connection. The API server must close it first, because Go
   * does not repeat a POST if the server has closed the connection.
   */
  keepAlive: 95 * SECOND,
  /** Limits for the handshake, the headers and the whole request. A webhook call times out earlier. */
  handshake: 10 * SECOND,
  headers: 10 * SECOND,
  request: 12 * SECOND,
  /** How often Node looks for late requests. With the default of 30 s, a slow caller could stay for 42 s. */
  look: SECOND,
  /**
   * The limit for a caller that does not read its answer, or sends nothing at all. It is above keepAlive, which ends
   * idle connections, and so above the 90 s of the API server.
   */
  stuck: 120 * SECOND,
};

export type Timings = typeof TIMINGS;

/**
 * The most requests on one connection; the last answer says `Connection: close`. Otherwise the API server would stay
 * with one replica, and a new replica would get no requests. A handshake costs as much as five to ten decisions, which
 * is little for a few hundred requests.
 */
export const REQUESTS_PER_CONNECTION = 200;

/** The default of Node, written here because the limit is part of our interface. */
const HEADER_BYTES = 16 * 1024;

/** The TLS settings of new connections. */
export interface Secure {
  readonly pair: Pair;
  /**
   * In PEM form. Every caller must have a certificate that one of these CAs signed. If undefined, callers need no
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
      // A resumed session does not check the certificate again, so it would still be accepted after its CA was removed.
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
 * An HTTPS server, HTTP/1.1 only, because the API server uses only that for a Service, and HTTP/2 allows flood attacks.
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
    // The answer is small, and the caller waits for it: send it at once.
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
 * How long a caller may take to read the error. An immediate close would reset the connection, and the error would be
 * lost.
 */
const LINGER = SECOND;

/**
 * Answers bytes that are not an HTTP request. It writes to the socket, because there is no request object.
 *
 * Returns the status, or undefined if no answer is possible: the handshake failed, or the caller has closed the
 * connection.
 *
 * A caller that has sent nothing gets no answer either. Go opens connections for later use and keeps them. If a 408
 * crossed with the first request on such a connection, Go would take it for the answer. So the limits begin with the
 * first byte.
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
