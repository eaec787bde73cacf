import { constants } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer, type Server, type ServerOptions } from "node:https";
import type { Socket } from "node:net";
import type { Pair } from "../tls/key-pair.ts";

const SECOND = 1000;

/** How long the server waits for a caller, in milliseconds. */
export const TIMINGS = {
  /**
   * Above the 90 s for which the API server keeps an idle connection. The API server must close first: Go does not send a
   * POST again if the server closed the connection meanwhile.
   */
  keepAlive: 95 * SECOND,
  /** Limits for the handshake, the headers and the whole request. A webhook call times out earlier. */
  handshake: 10 * SECOND,
  headers: 10 * SECOND,
  request: 12 * SECOND,
  /** How often Node checks for late requests. With Node's default of 30 s, a slow caller could stay for 42 s. */
  look: SECOND,
  /**
   * For a caller that reads no byte of its answer, or sends none at all. Above keepAlive, which ends idle connections, and so
   * above the 90 s of the API server.
   */
  stuck: 120 * SECOND,
};

export type Timings = typeof TIMINGS;

/**
 * Requests on one connection; the last answer says `Connection: close`. The API server keeps a connection as long as it
 * can, and with it the replica behind it: replicas would not share the work, and a new one would get none. A few hundred
 * make a handshake, which costs as much as five to ten decisions, cheap.
 */
export const REQUESTS_PER_CONNECTION = 200;

/** Node's own default, written here because the limit is part of our interface. */
const HEADER_BYTES = 16 * 1024;

/** What a new connection is made with. */
export interface Secure {
  readonly pair: Pair;
  /** In PEM form. Every caller must have a certificate that one of these CAs signed. Undefined asks callers for none. */
  readonly clientCa: string | undefined;
}

function secureOptions({ pair: { cert, key }, clientCa }: Secure) {
  return {
    cert,
    key,
    minVersion: "TLSv1.2",
    ...(clientCa !== undefined && {
      ca: clientCa,
      // A session that is taken up again proves nothing anew: it would go on after its CA was taken out.
      secureOptions: constants.SSL_OP_NO_TICKET,
    }),
  } as const;
}

/** Changes what new connections are made with. */
export type ChangeSecure = (change: Partial<Secure>) => void;

export function secureChanger(server: Server, first: Secure): ChangeSecure {
  let current = first;
  return (change) => {
    current = { ...current, ...change };
    server.setSecureContext(secureOptions(current));
  };
}

/** An HTTPS server, HTTP/1.1 only: the API server uses nothing else for a Service, and HTTP/2 allows flood attacks. */
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

/** The status for what Node's parser refused; everything else it finds wrong is a 400. */
const PARSER_STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** How long a caller may take to read the error. Closing at once would reset the connection and lose the error. */
const LINGER = SECOND;

/**
 * Answers bytes that are not an HTTP request by writing to the socket: there is no request object to reply to.
 *
 * Returns the status, or undefined if no answer is possible: the handshake failed, or the caller has gone.
 *
 * A caller that has sent nothing gets no answer either. Go opens connections that it then has no use for, and keeps them: a
 * 408 could cross with the first request on one, and would be taken for its answer. The limits begin with its first byte.
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
