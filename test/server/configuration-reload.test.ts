import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { readConfiguration } from "../../src/policy/configuration/parse.ts";
import { currentConfig, hashOf } from "../../src/server/config/current.ts";
import { loadConfiguration } from "../../src/server/config/file.ts";
import { changedFields } from "../../src/server/config/watch.ts";
import { logEffectiveSettings } from "../../src/server/telemetry/cluster-events.ts";
import { createClient } from "../../tools/demo/client.ts";
import { testLog, testServer } from "../helper.ts";
import { podOf, reviewOf } from "../reviews.ts";
import { HEAD, mountedConfigMap } from "./mounted-configuration.ts";
import "../patience.ts";

const POLL = 25;

/** An expected change happens within this many checks of the file. */
const LOOKS = 12;

const ON_36 = `${HEAD}kubernetesVersion: "1.36"\n`;

async function eventually(done: () => unknown): Promise<boolean> {
  for (let i = 0; i < 200; i++) {
    if (await done()) return true;
    await sleep(POLL / 2);
  }
  return false;
}

async function metricsOf({ healthPort }: { readonly healthPort: number }): Promise<string> {
  return (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text();
}

/** A server with this configuration file, which it checks more often than in production. */
async function serverWith(t: Test, file: string) {
  const { logger, lines } = testLog();
  const force = currentConfig(await loadConfiguration(file));
  const server = await testServer(t, {
    currentConfig: force,
    configurationFile: file,
    onEffectiveChange: () => logEffectiveSettings(force, logger),
    logger,
    pollMilliseconds: POLL,
  });
  const client = createClient(server.port, server.pair.cert);
  t.teardown(() => client.close());
  /** The length of the sleep that a pod gets. */
  async function sleepSeconds(): Promise<number> {
    const body = JSON.stringify(reviewOf(podOf({ containers: [{ name: "web" }] })));
    const answer = await client.post("/mutate", "application/json", body);
    const patch = Buffer.from(JSON.parse(answer.body).response.patch, "base64").toString();
    return Number(/"sleep":\{"seconds":(\d+)\}/.exec(patch)?.[1]);
  }
  return {
    force,
    sleepSeconds,
    events: (name: string) => lines().filter(({ event }) => event === name),
    async metric(name: string): Promise<number> {
      const text = await metricsOf(server);
      return Number(new RegExp(`^gracekeeper_configuration_${name} (.*)$`, "m").exec(text)?.[1]);
    },
    /** Every series of the metric gracekeeper_configuration_info. */
    async info(): Promise<readonly string[]> {
      return (await metricsOf(server)).match(/^gracekeeper_configuration_info.*$/gm) ?? [];
    },
  };
}

t.test("a new ConfigMap is loaded without a restart", async (t) => {
  const startedAt = Date.now() / 1000;
  const { file, swap } = mountedConfigMap(t, `${ON_36}prestopSleepSeconds: 7\n`);
  const { force, sleepSeconds, events, metric, info } = await serverWith(t, file);
  const first = hashOf(force.written);
  t.same(await info(), [`gracekeeper_configuration_info{hash="${first}"} 1`]);
  t.equal(await sleepSeconds(), 7);
  t.equal(await metric("generation"), 1);
  const readAt = await metric("read_timestamp_seconds");
  t.ok(readAt >= startedAt - 1 && readAt <= Date.now() / 1000 + 1, "seconds since 1970");
  swap(`${ON_36}prestopSleepSeconds: 9\nactions: {hook-missing: Warn}\n`);
  t.ok(await eventually(async () => (await sleepSeconds()) === 9));
  t.same(
    events("configuration-changed").map(({ fields }) => fields),
    [["prestopSleepSeconds", "actions"]],
  );
  const second = hashOf(force.written);
  t.not(second, first);
  t.equal(events("configuration-changed")[0]?.["configurationHash"], second);
  t.same(await info(), [`gracekeeper_configuration_info{hash="${second}"} 1`], "the old series is gone");
  t.equal(await metric("generation"), 2);
  t.ok((await metric("read_timestamp_seconds")) > readAt);
  swap(
    `# only words\n${HEAD}actions: {hook-missing: Warn}\nprestopSleepSeconds: 9\nkubernetesVersion: v1.36.2\n`,
  );
  await sleep(LOOKS * POLL);
  t.equal(await metric("generation"), 2, "a file that says the same is no change");
  swap(ON_36);
  t.ok(
    await eventually(async () => (await sleepSeconds()) === 10),
    "what is taken out has its default again",
  );
  t.equal(await metric("read_errors_total"), 0);
});

t.test("after an invalid file the previous configuration stays", async (t) => {
  const { file, swap } = mountedConfigMap(t, `${ON_36}prestopSleepSeconds: 7\n`);
  const { sleepSeconds, events, metric } = await serverWith(t, file);
  const faults: [text: string, said: RegExp][] = [
    [
      `${HEAD}prestopSleepSeconds: ten\n`,
      /prestopSleepSeconds must be a whole number from 1 to 3600, not "ten"/,
    ],
    ["", /the file must be a mapping/],
    [`${HEAD}programs: [`, /line 3/],
    ["\xff\xfe", /config\.yaml/],
    ["x".repeat(100_000), /larger than 64 KiB/],
    [`${HEAD}sleepSeconds: 5\n`, /an unknown field "sleepSeconds"/],
  ];
  const said = () => events("configuration-error").map(({ reason }) => `${reason}`);
  for (const [index, [text, pattern]] of faults.entries()) {
    swap(text);
    t.ok(await eventually(() => said().length === index + 1), `${pattern} is said`);
    t.match(said()[index], pattern);
    t.match(
      said()[index],
      /\. The last valid configuration stays in use, but a new pod does not start with this file\.$/,
    );
    t.notMatch(said()[index], /start again|\n/);
    t.equal(await sleepSeconds(), 7);
  }
  swap(`${HEAD}sleepSeconds: 6\n`);
  await sleep(LOOKS * POLL);
  t.equal(said().length, faults.length, "each is said once, also where another file has the same");
  const counted = await metric("read_errors_total");
  t.ok(counted > faults.length, `${counted} looks failed`);
  rmSync(file);
  t.ok(await eventually(() => said().length === faults.length + 1), "the file is gone");
  t.match(said().at(-1), /^there is no configuration file/);
  t.equal(await metric("generation"), 1);
  const lastGood = await metric("read_timestamp_seconds");
  writeFileSync(file, `${ON_36}prestopSleepSeconds: 8\n`);
  t.ok(await eventually(async () => (await sleepSeconds()) === 8), "a good one is taken up");
  t.equal(await metric("generation"), 2);
  t.ok((await metric("read_timestamp_seconds")) > lastGood);
  writeFileSync(file, "");
  t.ok(await eventually(() => said().length === faults.length + 2));
  writeFileSync(file, `${ON_36}prestopSleepSeconds: 8\n`);
  await sleep(LOOKS * POLL);
  writeFileSync(file, "");
  t.ok(await eventually(() => said().length === faults.length + 3), "a fault that came back is said again");
  t.equal(await metric("generation"), 2, "and the file that it had been is no change");
});

t.test("a file that is written in place is not loaded half-written", async (t) => {
  const folder = t.testdir();
  const file = join(folder, "config.yaml");
  const whole = `${ON_36}prestopSleepSeconds: 7\nactions:\n  hook-missing: Warn\nexempt:\n  namespaces: [kube-system]\n`;
  writeFileSync(file, whole);
  const { events, metric } = await serverWith(t, file);
  await sleep(3 * POLL);
  for (let round = 0; round < 3; round++) {
    // The file grows by a line at a time. Each intermediate state exists for less than the time between two reads.
    for (const end of [...whole.matchAll(/\n/g)].map(({ index }) => index + 1)) {
      writeFileSync(file, whole.slice(0, end));
      await sleep(POLL / 5);
    }
  }
  await sleep(LOOKS * POLL);
  t.same(events("configuration-changed"), []);
  t.same(events("configuration-error"), []);
  t.equal(await metric("generation"), 1);
});

t.test("a change that disables injection is logged", async (t) => {
  const { file, swap } = mountedConfigMap(t, ON_36);
  const { events } = await serverWith(t, file);
  swap(`${ON_36}sleepAction: "Off"\n`);
  t.ok(await eventually(() => events("injection-disabled").length === 1));
  t.match(events("injection-disabled"), [{ level: "warn", reason: "sleepAction is Off" }]);
  swap(`${HEAD}kubernetesVersion: "1.29"\n`);
  t.ok(await eventually(() => events("injection-disabled").length === 2));
  t.match(events("injection-disabled").at(-1)?.["reason"], /^Kubernetes 1\.29 has no sleep action/);
  t.same(events("configuration-changed").at(-1)?.["fields"], ["sleepAction", "kubernetesVersion"]);
});

t.test("a decision uses one configuration, even if the file changes meanwhile", async (t) => {
  const { file } = mountedConfigMap(t, ON_36);
  const { force } = await serverWith(t, file);
  const context = force.context("shop");
  const { configuration, readHooks } = context;
  force.replace({ ...configuration, shutdownSeconds: 99 });
  t.equal(context.configuration.shutdownSeconds, undefined);
  t.equal(context.readHooks, readHooks);
  t.equal(force.context("shop").configuration.shutdownSeconds, 99);
});

t.test("the log names changed fields as in the file", async (t) => {
  const head = { apiVersion: "gracekeeper.dev/v1alpha1", kind: "GracekeeperConfiguration" };
  const changes: [before: object, after: object, fields: string[]][] = [
    [{}, {}, []],
    [{}, { prestopSleepSeconds: 10 }, []],
    [{}, { shutdownSeconds: 10 }, ["shutdownSeconds"]],
    [{ maxGraceSeconds: 5 }, {}, ["maxGraceSeconds"]],
    [{ kubernetesVersion: "1.36" }, { kubernetesVersion: "1.35" }, ["kubernetesVersion"]],
    [{ ignorable: ["hook-missing", "grace-zero"] }, { ignorable: ["grace-zero", "hook-missing"] }, []],
    [{ ignorable: [] }, {}, ["ignorable"]],
    [{ programs: [{ name: "a", seconds: 5 }] }, { programs: [{ name: "a", seconds: "5" }] }, []],
    [{ programs: [{ name: "a", seconds: 5 }] }, { programs: [{ name: "a", seconds: "5-" }] }, ["programs"]],
    [{ inject: { containers: "WithPorts" } }, { exempt: { users: ["x"] } }, ["exempt", "inject"]],
  ];
  for (const [before, after, fields] of changes) {
    const changed = changedFields(
      readConfiguration({ ...head, ...before }),
      readConfiguration({ ...head, ...after }),
    );
    t.same([...changed].sort(), fields, JSON.stringify(after));
  }
});

t.test("order and comments of the file do not change the configuration hash", async (t) => {
  const hash = (values: object) =>
    hashOf(
      readConfiguration({
        apiVersion: "gracekeeper.dev/v1alpha1",
        kind: "GracekeeperConfiguration",
        ...values,
      }),
    );
  const some = { prestopSleepSeconds: 9, actions: { "hook-missing": "Warn", "grace-zero": "Off" } };
  const others = { actions: { "grace-zero": "Off", "hook-missing": "Warn" }, prestopSleepSeconds: 9 };
  t.equal(hash(some), hash(others));
  const different = [
    {},
    { prestopSleepSeconds: 8 },
    { actions: { "hook-missing": "Warn" } },
    { actions: { "hook-missing": "Audit" } },
    { ignorable: ["hook-missing"] },
    { ignorable: [] },
    { exempt: { users: ["a"] } },
    { maxGraceSeconds: 60 },
  ];
  t.equal(new Set(different.map(hash)).size, different.length);
});
