import { Agent, request } from "node:https";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Posts to a server on localhost over one keep-alive connection, as an API server does. */
export interface Client {
  post(path: string, contentType: string, body: string): Promise<Answer>;
  close(): void;
}

/** `ca` is the certificate of the server, or of the CA that signed it. */
export function createClient(port: number, ca: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  return {
    post: (path, contentType, body) =>
      new Promise((resolve, reject) => {
        const headers = { "content-type": contentType, "content-length": Buffer.byteLength(body) };
        const sent = request(
          { agent, host: "localhost", port, path, method: "POST", headers },
          (response) => {
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (piece: string) => {
              text += piece;
            });
            response.on("error", reject);
            response.on("end", () => resolve({ status: response.statusCode ?? 0, body: text }));
          },
        );
        sent.on("error", reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
