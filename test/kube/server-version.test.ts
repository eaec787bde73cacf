import t from "tap";
import { createSteadyVersion, watchVersion } from "../../src/kube/server-version.ts";
import { FaultyApiServer } from "./faulty-api-server.ts";
import { SHORT, until } from "./helper.ts";
import "../patience.ts";

const MINUTE = 60_000;
const STEADY = 10 * MINUTE;

/** The version in use after each answer of the API server. The answers come once a minute. */
function steady(...looks: readonly number[]): number[] {
  const version = createSteadyVersion(STEADY);
  return looks.map((minor, index) => version.see(minor, index * MINUTE));
}

t.test("the first version is used at once", async (t) => {
  const version = createSteadyVersion(STEADY);
  t.equal(version.minor, undefined);
  t.equal(version.see(32, 0), 32);
  t.equal(version.minor, 32);
});

t.test("a lower version is used at once", async (t) => {
  t.same(steady(33, 32), [33, 32]);
  t.same(steady(33, 33, 31, 32), [33, 33, 31, 31]);
});

t.test("a higher version is used after ten minutes of answers with at least that version", async (t) => {
  const same = Array<number>(10).fill(33);
  t.same(steady(32, ...same), [32, ...Array(10).fill(32)], "the look of ten minutes ago still saw less");
  t.same(steady(32, ...same, 33).at(-1), 33);
  t.same(
    steady(32, ...same.slice(1), 32, ...same, 33).slice(-3),
    [32, 32, 33],
    "one lower look begins it anew",
  );
  t.same(steady(32, 33, 33, 33, ...Array(7).fill(34), 34).slice(-2), [32, 33], "the lowest of the looks");
});

t.test("a time without answers does not count towards the ten minutes", async (t) => {
  const version = createSteadyVersion(STEADY);
  version.see(32, 0);
  t.equal(version.see(33, 30 * MINUTE), 32);
  t.equal(version.see(33, 39 * MINUTE), 32);
  t.equal(version.see(33, 40 * MINUTE), 33);
});

t.test("the version is requested repeatedly, and a failure keeps the last version", async (t) => {
  const server = await FaultyApiServer.start(t);
  await server.fail({ status: 503 });
  const told: string[] = [];
  const version = watchVersion(
    await server.access(),
    {
      changed: (minor, before) => told.push(`${before} -> ${minor}`),
      failed: (reason) => told.push(reason),
      recovered: () => told.push("recovered"),
      crashed: (error) => told.push(`crashed: ${error}`),
    },
    SHORT,
  );
  t.teardown(() => version.stop());
  await until(() => server.requests.length > 1);
  t.equal(version.minor, undefined);
  server.version = { major: "1", minor: "32+" };
  await server.heal();
  await version.first;
  t.equal(version.minor, 32);
  server.version = { major: "1", minor: "30" };
  await until(() => version.minor === 30);
  server.version = { major: "1", minor: "33" };
  const before = server.requests.length;
  await until(() => version.minor === 33);
  t.ok(server.requests.length - before >= 2, "a higher version does not count at the first look");
  await server.fail("garbage");
  await until(() => told.length > 5);
  t.equal(version.minor, 33);
  const failed = "Cannot read the version of the cluster: the API server answered HTTP 503.";
  const garbage = "The API server sent something that is not JSON.";
  t.same(told, [failed, "recovered", "undefined -> 32", "32 -> 30", "30 -> 33", garbage]);
});

t.test("an answer that is not a version 1.x is a failure", async (t) => {
  const server = await FaultyApiServer.start(t);
  const odd = [null, [], {}, { major: "1" }, { major: "1", minor: "" }, { major: "1", minor: 32 }];
  for (const answer of [...odd, { major: "2", minor: "1" }, { major: "1", minor: "32.1" }, { minor: "32" }]) {
    server.version = answer;
    const failure = Promise.withResolvers<string>();
    const none = () => undefined;
    const events = { changed: none, failed: failure.resolve, recovered: none, crashed: failure.reject };
    const version = watchVersion(await server.access(), events, SHORT);
    t.equal(await failure.promise, "The API server sent a version that cannot be read.");
    t.equal(version.minor, undefined, JSON.stringify(answer));
    version.stop();
  }
});
