import { connect, type TLSSocket } from "node:tls";

/** Where to send what. */
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
 * Sends the same request again and again over `connections` kept connections, one at a time on each.
 *
 * It knows how long the answer is and only counts bytes: an HTTP client of Node costs more than the server it measures.
 * Rejects where one request is not answered with 200.
 */
export async function load(target: Target, connections: number, milliseconds: number): Promise<Load> {
  const request = requestBytes(target);
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  const length = await answerLength(sockets[0] as TLSSocket, request);
  const latencies: number[] = [];
  const started = performance.now();
  const until = started + milliseconds;
  await Promise.all(sockets.map((socket) => drive(socket, request, length, until, latencies)));
  const seconds = (performance.now() - started) / 1000;
  for (const socket of sockets) socket.destroy();
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

/** Bytes of head and body of one answer; the Date header always has the same length. */
function answerLength(socket: TLSSocket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.on("data", function onData(piece: Buffer) {
      text += piece.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      const body = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1]);
      if (head < 0 || text.length < head + 4 + body) return;
      socket.off("data", onData);
      if (text.startsWith(OK)) resolve(text.length);
      else reject(new Error(text));
    });
    socket.write(request);
  });
}

function drive(
  socket: TLSSocket,
  request: Buffer,
  length: number,
  until: number,
  latencies: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    let sent = performance.now();
    let missing = length;
    socket.on("error", reject);
    // After the last answer it is too late to reject.
    socket.on("close", () => reject(new Error("the connection was closed in the middle of the load")));
    socket.on("data", (piece: Buffer) => {
      if (missing === length && piece.toString("latin1", 0, OK.length) !== OK)
        return reject(new Error(piece.toString("latin1")));
      missing -= piece.length;
      if (missing > 0) return;
      const now = performance.now();
      latencies.push(now - sent);
      if (now >= until) return resolve();
      sent = now;
      missing = length;
      socket.write(request);
    });
    socket.write(request);
  });
}
