import { X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { NO_CONTENT } from "../../src/certs/plan.ts";
import { writeData } from "../../src/certs/secret.ts";
import { makeCertificate } from "../../src/certs/self-signed.ts";
import { makeAuthority } from "../../src/certs/sign.ts";
import type { FaultyApiServer } from "../kube/faulty-api-server.ts";
import { PATIENT, until } from "../kube/helper.ts";
import {
  bundlesOf,
  type Clock,
  configuration,
  contentOf,
  DAY,
  EMPTY_SECRET,
  HOUR,
  installed,
  MUTATING,
  PACE,
  type Replica,
  refusals,
  replica,
  SECRET,
  secretOf,
  settles,
  VALIDATING,
} from "./helper.ts";
import "../patience.ts";

// These tests spend most of their time waiting for a server, so they run in parallel.
t.jobs = 4;

const FOREIGN = makeCertificate().cert;

/** Milliseconds for a few checks of the clock and the requests that follow. */
const AWHILE = 300;

/** The reasons for which an entry does not trust the certificate of this replica. */
function trusted(api: FaultyApiServer, { leaf }: Replica, now: number): string[] {
  const presented = leaf();
  if (presented === undefined) return ["no leaf"];
  return bundlesOf(api).flatMap(({ name, bundle }) =>
    refusals(presented, bundle, now).map((why) => `${name}: ${why}`),
  );
}

/**
 * The pauses between writes grow, and are at their longest after this many writes. Each pause is randomly shortened by
 * up to half.
 */
const BEFORE_LONG_PAUSES = 10;
const SHORTEST_LONG_PAUSE = PATIENT.longestPause / 2;

const sizes = (api: FaultyApiServer) => bundlesOf(api).map(({ bundle }) => bundle.length);

const events = ({ lines }: Replica, name: string) => lines().filter(({ event }) => event === name);

/** A fake API server and a ready replica. */
async function running(t: Test, clock: Clock = { now: Date.now() }) {
  const api = await installed(t);
  const first = await replica(t, api, clock);
  await until(() => first.own.notReady() === undefined && contentOf(api).ca !== undefined);
  return { api, first, clock };
}

t.test("the first start writes a CA to the Secret and to every caBundle, and is then ready", async (t) => {
  const api = await installed(t);
  const clock = { now: Date.now() };
  const first = await replica(t, api, clock);
  t.match(
    first.own.notReady(),
    /^waiting for the CA in Secret gracekeeper\/gracekeeper-ca\. If the wait does not end/,
  );
  await until(() => first.own.notReady() === undefined);
  t.equal(first.own.notReady(), undefined);
  t.match(contentOf(api), { next: undefined, previous: [], other: [] });
  t.same(sizes(api), [1, 1, 1]);
  t.same(trusted(api, first, clock.now), []);
  t.equal(
    new X509Certificate(first.leaf()?.cert ?? "").subjectAltName,
    "DNS:gracekeeper.gracekeeper.svc, DNS:gracekeeper.gracekeeper.svc.cluster.local, DNS:gracekeeper.gracekeeper, DNS:gracekeeper",
  );
  t.equal(first.own.published, true);
  await sleep(AWHILE);
  t.equal(api.objects.writes.length, 4);
  await until(() => first.lines().length === 4);
  t.same(
    first.lines().map(({ event }) => event),
    ["ca-created", "ca-published", "ca-published", "ca-in-use"],
  );
});

t.test("a replica without webhook configurations waits for them and says so", async (t) => {
  const api = await installed(t);
  await api.fail({ status: 403 }, /configurations/);
  const { own, lines } = await replica(t, api);
  const waiting =
    /^waiting until both webhook configurations have the CA in caBundle\. If the wait does not end/;
  await until(() => waiting.test(own.notReady() ?? ""));
  await sleep(AWHILE);
  t.match(own.notReady(), waiting);
  t.equal(contentOf(api).ca, undefined, "it signs nothing that was never published");
  const faults = lines().filter(({ event }) => event === "ca-error");
  t.match(faults.map(({ what }) => what).sort(), ["mutating", "validating"], "each is said once");
  await api.heal();
  await until(() => own.notReady() === undefined);
  t.equal(own.notReady(), undefined);
});

t.test("a start waits for a CA that was published before, but not forever", async (t) => {
  const { api, clock } = await running(t);
  await api.fail({ status: 403 }, /configurations/);
  const patience = 500;
  const second = await replica(t, api, clock, { pace: { ...PACE, patience } });
  const begun = performance.now();
  await until(() => second.leaf() !== undefined);
  if (performance.now() - begun < patience)
    t.match(second.own.notReady(), /^waiting until both webhook configurations/);
  await until(() => second.own.notReady() === undefined);
  t.equal(second.own.notReady(), undefined);
  t.equal(second.own.published, false, "nothing is claimed that is not known");
});

t.test("a later replica is ready with the existing CA and writes nothing", async (t) => {
  const { api, first, clock } = await running(t);
  const { length } = api.objects.writes;
  const second = await replica(t, api, clock);
  await until(() => second.own.notReady() === undefined);
  t.equal(second.own.signer?.id, first.own.signer?.id);
  t.same(trusted(api, second, clock.now), []);
  t.not(second.leaf()?.cert, first.leaf()?.cert);
  await sleep(AWHILE);
  t.equal(api.objects.writes.length, length);
});

t.test(
  "after a switch from mounted files, caBundle keeps the old CA, and the replica is ready when API servers know both",
  async (t) => {
    const clock = { now: Date.now() };
    const api = await installed(t, FOREIGN);
    const first = await replica(t, api, clock);
    await until(() => sizes(api).every((size) => size === 2));
    await sleep(AWHILE);
    t.match(first.own.notReady(), /^waiting until both webhook configurations/);
    t.equal(contentOf(api).ca, undefined);
    await settles(clock, () => first.own.notReady() === undefined);
    t.equal(first.own.notReady(), undefined);
    await settles(clock, () => contentOf(api).other.length === 1);
    t.equal(contentOf(api).other[0]?.pem, FOREIGN);

    api.objects.put(VALIDATING, configuration(["enforce", "warn"]));
    await until(() => sizes(api).every((size) => size === 2));
    t.same(sizes(api), [2, 2, 2], "an apply that takes the field away takes neither");
    t.equal(first.own.notReady(), undefined);

    clock.now += 30 * DAY - HOUR;
    await sleep(AWHILE);
    t.same(sizes(api), [2, 2, 2], "for 30 days");
    clock.now += 2 * HOUR;
    await until(() => contentOf(api).other.length === 0);
    t.same(sizes(api), [1, 1, 1], "and no longer");
    t.equal(contentOf(api).otherUntil, 0);
    t.same(trusted(api, first, clock.now), []);
  },
);

t.test("an emptied caBundle and a new entry get the CA", async (t) => {
  const { api, first, clock } = await running(t);
  for (const [title, path, object] of [
    ["wiped", MUTATING, configuration(["inject"])],
    ["another's", MUTATING, configuration(["inject"], FOREIGN)],
    ["a new entry", VALIDATING, configuration(["enforce", "warn", "audit"])],
    ["not PEM", VALIDATING, configuration(["enforce"], "garbage")],
  ] as const) {
    api.objects.put(path, object);
    await until(() => trusted(api, first, clock.now).length === 0);
    t.same(trusted(api, first, clock.now), [], title);
  }
  api.objects.delete(VALIDATING);
  await until(() => first.own.published);
  api.objects.put(VALIDATING, configuration(["enforce"]));
  await until(() => trusted(api, first, clock.now).length === 0 && sizes(api).length === 2);
  t.same(trusted(api, first, clock.now), [], "deleted, and applied again");
  t.same(events(first, "ca-error"), []);
});

t.test("a damaged Secret gets its previous CA back", async (t) => {
  const { api, first, clock } = await running(t);
  const { ca } = contentOf(api);
  const good = writeData(contentOf(api)) as Record<string, string>;
  const stranger = writeData({ ...NO_CONTENT, ca: await makeAuthority(clock.now) }) as Record<string, string>;
  const rows: [title: string, data: object | undefined, said: RegExp][] = [
    ["deleted", undefined, /deleted or emptied/],
    ["emptied", {}, /deleted or emptied/],
    ["no key", { "ca.crt": good["ca.crt"] }, /ca\.key: the private key cannot be read/],
    ["no certificate", { "ca.key": good["ca.key"] }, /the certificate cannot be read/],
    [
      "half a certificate",
      { ...good, "ca.crt": good["ca.crt"]?.slice(0, 200) },
      /the certificate cannot be read/,
    ],
    ["not base64", { ...good, "ca.key": "%%%" }, /the private key cannot be read/],
    [
      "another's key",
      { ...good, "ca.key": stranger["ca.key"] },
      /the private key does not match the certificate/,
    ],
    ["a leaf", { ...good, "ca.crt": Buffer.from(FOREIGN).toString("base64") }, /is not a CA certificate/],
    [
      "a next without its key",
      { ...good, "next-ca.crt": stranger["ca.crt"] },
      /next-ca\.key: the private key cannot be read/,
    ],
  ];
  const leaves = first.leaves.length;
  for (const [index, [title, data, said]] of rows.entries()) {
    if (data === undefined) api.objects.delete(SECRET);
    else api.objects.put(SECRET, { ...EMPTY_SECRET, data });
    await until(() => events(first, "ca-secret-restored").length === index + 1);
    const reading = secretOf(api);
    t.equal(reading.kind === "good" && reading.content.ca?.id, ca?.id, title);
    t.match(events(first, "ca-secret-restored").at(-1), { level: "warn", reason: said }, title);
  }
  t.equal(first.leaves.length, leaves, "nothing else is presented");
  t.equal(first.own.notReady(), undefined);
});

t.test(
  "a deleted Secret is not created again at once, because its RBAC rule may be deleted next",
  async (t) => {
    const api = await installed(t);
    const pace = { ...PACE, absence: DAY };
    const one = await replica(t, api, { now: Date.now() }, { pace });
    await until(() => one.own.notReady() === undefined && contentOf(api).ca !== undefined);
    const { ca } = contentOf(api);
    const { length } = api.objects.writes;
    api.objects.delete(SECRET);
    await sleep(AWHILE);
    t.equal(api.objects.get(SECRET), undefined);
    t.equal(api.objects.writes.length, length);
    api.objects.put(SECRET, EMPTY_SECRET);
    await until(() => contentOf(api).ca !== undefined);
    t.equal(contentOf(api).ca?.id, ca?.id, "one that is back is filled again");
  },
);

t.test("a broken Secret gets a new CA if no replica repairs it in time", async (t) => {
  const { api, first, clock } = await running(t);
  const data = { ...(writeData(contentOf(api)) as object), "ca.key": "" };
  first.own.stop();
  await sleep(AWHILE / 3);
  api.objects.put(SECRET, { ...EMPTY_SECRET, data });
  const second = await replica(t, api, clock);
  await until(() => events(second, "ca-error").length > 0);
  await sleep(AWHILE);
  t.match(events(second, "ca-error"), [
    { reason: /cannot be used: ca\.crt and ca\.key: .* makes a new CA\.$/ },
  ]);
  t.equal(secretOf(api).kind, "broken");
  t.match(
    second.own.notReady(),
    /^waiting for the CA in Secret gracekeeper\/gracekeeper-ca\. If the wait does not end/,
  );
  clock.now += PACE.patience;
  await until(() => secretOf(api).kind === "good");
  await until(() => sizes(api).every((size) => size === 2));
  t.same(trusted(api, first, clock.now), [], "what the old one signed is trusted still");
  await settles(clock, () => second.own.notReady() === undefined);
  t.equal(second.own.notReady(), undefined);
  t.same(trusted(api, second, clock.now), []);
});

t.test("a Secret of another owner is not written, and the log says so", async (t) => {
  for (const [title, secret, said] of [
    ["type", { type: "kubernetes.io/tls", data: { "tls.crt": "", "tls.key": "" } }, /its type is not Opaque/],
    [
      "content",
      { type: "Opaque", data: { password: "aA==" } },
      /it has the key "password", which gracekeeper does not write/,
    ],
  ] as const) {
    const api = await installed(t);
    api.objects.put(SECRET, secret);
    const one = await replica(t, api);
    await until(() => events(one, "ca-error").length > 0);
    await sleep(AWHILE);
    t.match(events(one, "ca-error"), [{ what: "secret", reason: /was not made by gracekeeper/ }], title);
    t.match(events(one, "ca-error")[0]?.["reason"], said);
    t.same(api.objects.writes, []);
    t.match(one.own.notReady(), /^waiting for the CA/);
    api.objects.put(SECRET, EMPTY_SECRET);
    await until(() => one.own.notReady() === undefined);
    t.equal(one.own.notReady(), undefined, "it is taken when it is free");
  }
});

t.test("a CA from a backup signs when every entry has trusted it long enough", async (t) => {
  const { api, first, clock } = await running(t);
  const backup = await makeAuthority(clock.now - 20 * DAY);
  const refused: string[] = [];
  const look = () => refused.push(...trusted(api, first, clock.now));
  api.objects.changed = look;
  first.own.present(look);
  api.objects.put(SECRET, { ...EMPTY_SECRET, data: writeData({ ...NO_CONTENT, ca: backup }) });
  await until(() => sizes(api).every((size) => size === 2));
  t.not(first.own.signer?.id, backup.id);
  await settles(clock, () => first.own.signer?.id === backup.id);
  t.same(trusted(api, first, clock.now), []);
  t.same(refused, []);
  t.equal(contentOf(api).ca?.id, backup.id);
});

t.test(
  "another writer may change order and line breaks of caBundle, but the log reports a writer that removes our CA",
  async (t) => {
    const { api, first, clock } = await running(t);
    const { length } = api.objects.writes;
    const [entry] = bundlesOf(api);
    const pems = entry?.bundle.map(({ pem }) => pem).join("") ?? "";
    for (const text of [
      `\n\n${pems}`,
      pems.replaceAll("\n", "\r\n"),
      `# ours\n${pems}\n`,
      `${pems}${pems}`,
    ]) {
      api.objects.put(MUTATING, configuration(["inject"], text));
      await sleep(AWHILE / 2);
    }
    t.equal(api.objects.writes.length, length);
    let wiped = 0;
    const start = performance.now();
    api.objects.changed = () => {
      if (sizes(api).at(-1) === 0) return;
      wiped++;
      setImmediate(() => api.objects.put(MUTATING, configuration(["inject"])));
    };
    api.objects.put(MUTATING, configuration(["inject"], FOREIGN));
    await until(() => events(first, "ca-error").length > 0);
    await sleep(2 * AWHILE);
    t.match(events(first, "ca-error"), [{ what: "mutating", reason: /^Another program keeps overwriting/ }]);
    const most = BEFORE_LONG_PAUSES + (performance.now() - start) / SHORTEST_LONG_PAUSE;
    t.ok(wiped < most, `${wiped} writes of ${most}`);
    api.objects.changed = () => {};
    await until(() => events(first, "ca-recovered").length > 0 && sizes(api).at(-1) !== 0);
    t.same(trusted(api, first, clock.now), []);
  },
);
