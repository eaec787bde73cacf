import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { connect } from "../../src/kube/cluster.ts";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { PRESTOP_SLEEP_SECONDS } from "../../src/policy/model/keys.ts";
import { currentConfig } from "../../src/server/config/current.ts";
import {
  awaitCluster,
  clusterEvents,
  logEffectiveSettings,
} from "../../src/server/telemetry/cluster-events.ts";
import { createClient } from "../../tools/demo/client.ts";
import { testLog, testServer } from "../helper.ts";
import { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { PATIENT, SHORT, until } from "../kube/helper.ts";
import { podOf, reviewOf } from "../reviews.ts";
import "../patience.ts";

const HEAD = { apiVersion: "gracekeeper.dev/v1alpha1", kind: "GracekeeperConfiguration" };

/** A server with the parts that `serve` connects, for this fake API server. */
async function serverOf(t: Test, api: FaultyApiServer, configuration: object = {}, timings = PATIENT) {
  const { logger, lines } = testLog();
  const cluster = connect(
    await api.access(),
    clusterEvents(logger, () => logEffectiveSettings(force, logger)),
    timings,
  );
  const force = currentConfig(readConfiguration({ ...HEAD, ...configuration }), cluster);
  const onEffectiveChange = () => logEffectiveSettings(force, logger);
  const server = await testServer(t, { currentConfig: force, cluster, onEffectiveChange, logger });
  const client = createClient(server.port, server.pair.cert);
  t.teardown(() => client.close());
  return {
    server,
    events: (name: string) => lines().filter(({ event }) => event === name),
    async patchFor(namespace: string): Promise<string> {
      const body = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web" }] }), { namespace }));
      const { response } = JSON.parse((await client.post("/mutate", "application/json", body)).body);
      return Buffer.from(response.patch ?? "", "base64").toString();
    },
    async ready(): Promise<number> {
      return (await fetch(`http://127.0.0.1:${server.healthPort}/readyz`)).status;
    },
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`http://127.0.0.1:${server.healthPort}/metrics`)).text();
      return Number(
        new RegExp(`^gracekeeper_${name} (.*)$`, "m").exec(text)?.[1]?.replace("+Inf", "Infinity"),
      );
    },
  };
}

/** A lower bound of a Unix timestamp. Every age in this test is far below this number of seconds. */
const SINCE_1970 = 1_000_000_000;

t.test("values of namespaces and the version come from the API server", async (t) => {
  const api = await FaultyApiServer.start(t);
  api.set("shop", { annotations: { [PRESTOP_SLEEP_SECONDS]: "17" } });
  api.set("other");
  const { events, ready, metric, patchFor } = await serverOf(t, api);
  await until(() => events("cluster-connected").length === 1);
  t.match(events("cluster-connected"), [{ level: "info", namespaces: 1, kubernetesMinor: 37 }]);
  t.equal(await ready(), 200);
  t.match(await patchFor("shop"), /"seconds":17/);
  t.match(await patchFor("other"), /"seconds":10/);
  t.equal(await metric("namespaces_known"), 1);
  await until(() => api.openWatches === 1);
  t.equal(await metric("namespaces_synced"), 1);
  t.ok((await metric("namespaces_last_event_age_seconds")) < SINCE_1970, "an age, not a time");
  t.same(events("injection-disabled"), [], "the configuration does not say the version, the API server does");
  t.same(events("kubernetes-version-differs"), []);
});

t.test("while the API server is down the last values stay, and log and metrics say so", async (t) => {
  const api = await FaultyApiServer.start(t);
  api.set("shop", { annotations: { [PRESTOP_SLEEP_SECONDS]: "17" } });
  const { events, ready, metric, patchFor } = await serverOf(t, api);
  await until(() => events("cluster-connected").length === 1);
  await api.fail("refuse");
  const refused = () =>
    events("cluster-error")
      .filter(({ reason }) => /ECONNREFUSED/.test(`${reason}`))
      .map(({ what }) => what)
      .sort();
  await until(() => refused().length === 2);
  t.same(refused(), ["namespaces", "version"]);
  t.match(events("cluster-error"), [{ level: "warn" }, {}]);
  t.equal(await metric("namespaces_synced"), 0);
  const age = await metric("namespaces_last_event_age_seconds");
  await sleep(300);
  t.ok((await metric("namespaces_last_event_age_seconds")) > age, "the age grows");
  t.match(await patchFor("shop"), /"seconds":17/);
  t.equal(await ready(), 200, "and the server stays ready");
  await api.heal();
  await until(() => events("cluster-recovered").length === 2);
  await until(() => api.openWatches === 1);
  t.equal(await metric("namespaces_synced"), 1);
  t.equal(events("cluster-connected").length, 1, "that is said once");
});

t.test("until the API server answers, the configuration's values are used and readiness waits", async (t) => {
  const api = await FaultyApiServer.start(t);
  await api.fail("stall");
  const configuration = { kubernetesVersion: "1.37", prestopSleepSeconds: 7 };
  const { ready, metric, patchFor, events } = await serverOf(t, api, configuration, SHORT);
  t.equal(await ready(), 503);
  t.match(await patchFor("shop"), /"seconds":7/, "it serves although it is not ready");
  t.equal(await metric("namespaces_last_event_age_seconds"), Number.POSITIVE_INFINITY);
  await api.heal();
  await until(() => events("cluster-connected").length === 1);
  await until(() => api.openWatches === 1);
  t.equal(await ready(), 200);
});

t.test("a lower Kubernetes version is used at once and logged", async (t) => {
  const api = await FaultyApiServer.start(t);
  const { events, patchFor } = await serverOf(t, api, { kubernetesVersion: "1.37" });
  await until(() => events("cluster-connected").length === 1);
  t.same(events("kubernetes-version-differs"), []);
  t.match(await patchFor("shop"), /"sleep":/);
  api.version = { major: "1", minor: "29" };
  await until(() => events("kubernetes-version").length === 1);
  t.match(events("kubernetes-version"), [{ level: "info", kubernetesMinor: 29, before: 37 }]);
  t.match(events("kubernetes-version-differs"), [
    {
      level: "warn",
      kubernetesMinor: 29,
      configured: 37,
      reason: /^the API server is 1\.29, so kubernetesVersion in the configuration is not used\. /,
    },
  ]);
  t.match(events("injection-disabled"), [{ reason: /^Kubernetes 1\.29 has no sleep action/ }]);
  t.equal(await patchFor("shop"), "");
});

t.test(
  "cluster-connected is logged once, after namespaces and version have arrived in any order",
  async (t) => {
    for (const namespacesFirst of [true, false]) {
      const { logger, lines } = testLog();
      const { namespaces, version } = clusterEvents(logger, () => {});
      const steps = [() => namespaces.synced(3), () => version.changed(33, undefined)];
      const [first, second] = namespacesFirst ? steps : steps.toReversed();
      first?.();
      t.same(lines(), []);
      second?.();
      t.match(lines(), [{ event: "cluster-connected", namespaces: 3, kubernetesMinor: 33 }]);
    }
  },
);

t.test("the watch ends with the server", async (t) => {
  const api = await FaultyApiServer.start(t);
  const { server, events } = await serverOf(t, api);
  await until(() => events("cluster-connected").length === 1 && api.openWatches === 1);
  await server.close(0);
  await until(() => api.openWatches === 0);
  const asked = api.requests.length;
  await sleep(500);
  t.equal(api.requests.length, asked);
  t.same(events("cluster-error"), []);
});

t.test("readiness waits for the first sync, ten seconds at most", async (t) => {
  const { logger, lines } = testLog();
  let asked = 0;
  let said = 0;
  for (const came of [true, false]) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const firstSync = (milliseconds: number) => {
      asked = milliseconds;
      return promise;
    };
    const notReady = awaitCluster({ cluster: { firstSync }, logger, onEffectiveChange: () => said++ });
    t.equal(asked, 10_000);
    t.equal(notReady(), "waiting for the namespaces and the version of the API server.");
    resolve(came);
    await promise;
    t.equal(notReady(), undefined);
  }
  t.equal(said, 1);
  t.match(lines(), [{ level: "warn", event: "cluster-error", what: "start", reason: /within 10 s/ }]);
  t.equal(awaitCluster({ logger })(), undefined, "nobody is waited for where there is no access");
});
