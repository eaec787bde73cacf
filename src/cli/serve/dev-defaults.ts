/** The certificate and the instructions for a trial run without certificate files. */
import { makeCertificate } from "../../certs/self-signed.ts";
import { checkPair, type Pair } from "../../server/tls/key-pair.ts";

/** A certificate for localhost, kept in memory only. */
export function devPair(): Pair {
  const { cert, key } = makeCertificate();
  return checkPair(cert, key, {
    cert: "the generated certificate",
    key: "the generated key",
  });
}

/** Example commands for a second terminal, in the directory of this repository. */
export function devHelp(port: number): string {
  const url = `https://localhost:${port}`;
  const review = (route: string, name: string): string =>
    `curl -ksS -H 'Content-Type: application/json' --data-binary @examples/reviews/${name}.json ${url}${route}`;
  return `
Ready on ${url}. The certificate is made for this run, hence -k. Paste into a second terminal, in this directory:

a pod that is denied:
  ${review("/validate/enforce", "no-time-left")}
a pod that gets a preStop sleep (its patch is base64, as the API server wants it):
  ${review("/mutate", "no-hook")}
what the kubelet will do with a Deployment (open ${url}/ in a browser to see it for yours):
  curl -ksS --data-binary @examples/nginx.yaml ${url}/explain

Ctrl-C ends it.

`;
}
