/**
 * The least that a webhook in Node can do: it receives the body, parses it, and sends a prepared answer. Arguments: the
 * directory of tls.crt and tls.key, and the file with the answer. Prints its port.
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

const [certs = "", answerFile = ""] = process.argv.slice(2);
const answer = readFileSync(answerFile);
const headers = { "content-type": "application/json", "content-length": answer.length };

const server = createServer(
  { cert: readFileSync(`${certs}/tls.crt`), key: readFileSync(`${certs}/tls.key`) },
  (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      JSON.parse(Buffer.concat(pieces).toString());
      response.writeHead(200, headers).end(answer);
    });
  },
);
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
