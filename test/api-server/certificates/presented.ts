import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { connect, type PeerCertificate } from "node:tls";

/** The certificate of the server on this port. */
export function presentedOn(port: number): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

export async function until(what: string, seconds: number, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `not within ${seconds} s: ${what}`);
    await wait(100);
  }
}
