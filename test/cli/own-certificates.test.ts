import { writeFileSync } from "node:fs";
import { get, type RequestOptions } from "node:https";
import { join } from "node:path";
import t from "tap";
import { bundlesOf, installed } from "../certs/helper.ts";
import { eventsOf, serve } from "./processes.ts";
import "../patience.ts";

/** The HTTP status of a request with these options, which contain the trusted CAs. */
function statusOf(options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", agent: false, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

t.test("serve with --ca-secret makes a certificate, publishes its CA, and is then ready", async (t) => {
  const api = await installed(t);
  const file = join(t.testdir({}), "kubeconfig");
  writeFileSync(file, api.kubeconfig());
  const server = await serve(t, ["--ca-secret", "gracekeeper-ca", "--kubeconfig", file]);
  const [entry] = bundlesOf(api);
  t.equal(entry?.bundle.length, 1);
  const ca = entry?.bundle.map(({ pem }) => pem).join("");
  t.equal(
    await statusOf({ port: server.port, ca, servername: "gracekeeper.gracekeeper.svc" }),
    404,
    "it is trusted",
  );
  await t.rejects(statusOf({ port: server.port, servername: "gracekeeper.gracekeeper.svc" }), {
    code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  });
  const events = await eventsOf(server);
  t.match(
    events.find(({ event }) => event === "started"),
    { certificate: "own, CA in Secret gracekeeper/gracekeeper-ca", explain: false },
  );
  const metrics = await (await fetch(`http://127.0.0.1:${server.health}/metrics`)).text();
  t.match(metrics, /^gracekeeper_ca_bundle_published 1$/m);
  t.match(metrics, /^gracekeeper_ca_not_after_timestamp_seconds \d{10}$/m);
  t.match(metrics, /^gracekeeper_certificate_not_after_timestamp_seconds \d{10}$/m);
  server.child.kill("SIGTERM");
  t.same(await server.exit, { code: 0, signal: null });
});
