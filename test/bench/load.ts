import { connect, type TLSSocket } from "node:tls";

/** The server to call, and the request body. */
export interface Target {
  readonly port: number;
  readonly ca: string;
  readonly path: string;
  readonly body: string;
}

export interface Load {
  readonly perSecond: number;
  /** Milliseconds from request to answer, sorted. */
  readonly latencies: Float64Array;
}

const OK = "HTTP/1.1 200 ";

/** The whole request as bytes, with the headers the API server sends. */
function requestBytes({ path, body }: Target): Buffer {
  return Buffer.from(
    `POST ${path}?timeout=2s HTTP/1.1\r\nHost: gracekeeper.gracekeeper.svc\r\n` +
      "User-Agent: kube-apiserver-admission\r\nAccept: application/json, */*\r\n" +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nAccept-Encoding: gzip\r\n\r\n${body}`,
  );
}

/**
 * Sends the same request repeatedly over `connections` persistent connections. Each connection has one request in
 * flight. If the server ends a connection with `Connection: close`, a new connection replaces it.
 *
 * The code only looks for the end of an answer, because Node's HTTP client would cost more CPU time than the server.
 * Rejects if a status is not 200.
 */
export async function load(target: Target, connections: number, milliseconds: number): Promise<Load> {
  const request = requestBytes(target);
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + milliseconds;
  await Promise.all(
    sockets.map(async (first) => {
      let socket = first;
      while ((await drive(socket, request, until, latencies)) === "closed") socket = await open(target);
      socket.destroy();
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: latencies.length / seconds, latencies: Float64Array.from(latencies).sort() };
}

function open({ port, ca }: Target): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { port, host: "127.0.0.1", servername: "localhost", ca, noDelay: true } as never,
      () => resolve(socket),
    );
    socket.once("error", reject);
  });
}

/** Sends requests on one connection, until the time is over or the server ends the connection. */
function drive(
  socket: TLSSocket,
  request: Buffer,
  until: number,
  latencies: number[],
): Promise<"done" | "closed"> {
  return new Promise((resolve, reject) => {
    let sent = performance.now();
    let text = "";
    socket.on("error", reject);
    // After the last answer the promise is already resolved, so this rejection has no effect.
    socket.on("close", () => reject(new Error("the connection was closed in the middle of the load")));
    socket.on("data", (piece: Buffer) => {
      text += piece.toString("latin1");
      const head = text.indexOf("\r\n\r\n") + 4;
      if (head < 4) return;
      if (!text.startsWith(OK)) return reject(new Error(text));
      const [, length] = /\r\ncontent-length: (\d+)/i.exec(text) ?? [];
      if (text.length < head + Number(length)) return;
      const now = performance.now();
      latencies.push(now - sent);
      if (now >= until) return resolve("done");
      if (/\r\nconnection: close\r\n/i.test(text)) return resolve("closed");
      sent = now;
      text = "";
      socket.write(request);
    });
    socket.write(request);
  });
}
