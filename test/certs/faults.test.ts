import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { Fault, FaultyApiServer } from "../kube/faulty-api-server.ts";
import { PATIENT, until } from "../kube/helper.ts";
import {
  bundlesOf,
  configuration,
  contentOf,
  DAY,
  HOUR,
  installed,
  MUTATING,
  type Replica,
  refusals,
  replica,
  SECRET,
} from "./helper.ts";
import "../patience.ts";

// These tests spend most of their time waiting for a server, so they run in parallel.
t.jobs = 4;

/** Milliseconds after which a repeated log line or request would have appeared. */
const AWHILE = 600;

/** Pauses after faults begin with 20 ms and grow to 150 ms. Without pauses there would be hundreds of requests. */
const MOST_REQUESTS = 60;

interface Row {
  readonly title: string;
  readonly fault: Fault;
  /** Which requests fail, by method and path. */
  readonly which: RegExp;
  /** Damage that is done during the fault and must be repaired afterwards. */
  readonly damage?: (api: FaultyApiServer) => void;
  /** The expected log lines, by the object that they are about. */
  readonly said: Readonly<Record<string, RegExp>>;
}

const wipe = ({ objects }: FaultyApiServer) => objects.put(MUTATING, configuration(["inject"]));
const remove = ({ objects }: FaultyApiServer) => objects.delete(SECRET);

const SECRET_NAME = "Secret gracekeeper/gracekeeper-ca";

/** Log lines for each of the three objects, with the object's name. */
function each(text: (name: string) => RegExp): Row["said"] {
  return {
    secret: text(SECRET_NAME),
    validating: text("ValidatingWebhookConfiguration gracekeeper"),
    mutating: text("MutatingWebhookConfiguration gracekeeper"),
  };
}

const everything = /secrets|configurations/;

const ROWS: readonly Row[] = [
  {
    title: "no right to read",
    fault: { status: 403 },
    which: /GET .*(secrets|configurations)/,
    said: each(
      (name) =>
        new RegExp(`^Permission to (list|watch) ${name} denied \\(HTTP 403\\)\\. Grant this permission`),
    ),
  },
  {
    title: "no right to write caBundle",
    fault: { status: 403 },
    which: /PATCH/,
    damage: wipe,
    said: {
      mutating:
        /^Permission to patch MutatingWebhookConfiguration gracekeeper denied \(HTTP 403\)\. Grant this permission/,
    },
  },
  {
    title: "no right to create the Secret",
    fault: { status: 403 },
    which: /PATCH .*secrets/,
    damage: remove,
    said: {
      secret:
        /^Secret gracekeeper\/gracekeeper-ca is missing, and .* kubectl apply -k install, or helm upgrade\.$/,
    },
  },
  {
    title: "conflicts without end",
    fault: { status: 409 },
    which: /PATCH/,
    damage: wipe,
    said: {
      mutating: /^Cannot patch MutatingWebhookConfiguration gracekeeper: the API server answered HTTP 409\.$/,
    },
  },
  {
    title: "too many requests",
    fault: { status: 429, retryAfter: 1 },
    which: everything,
    said: each((name) => new RegExp(`^Cannot watch ${name}: the API server answered HTTP 429\\.$`)),
  },
  {
    title: "the token is not accepted",
    fault: { status: 401 },
    which: everything,
    said: each(
      () => /^The API server does not accept the token or certificate of gracekeeper \(HTTP 401\)\.$/,
    ),
  },
  {
    title: "internal errors",
    fault: { status: 500 },
    which: everything,
    damage: wipe,
    said: each((name) => new RegExp(`^Cannot watch ${name}: the API server answered HTTP 500\\.$`)),
  },
  {
    title: "no answer",
    fault: "stall",
    which: everything,
    said: each(
      (name) =>
        new RegExp(
          `^Cannot watch ${name}: the API server does not answer\\. Check that the network policy allows the port of the API server\\.$`,
        ),
    ),
  },
  {
    title: "nothing listens",
    fault: "refuse",
    which: everything,
    said: each(
      (name) => new RegExp(`^Cannot watch ${name}: no connection to the API server \\(ECONN[A-Z]+\\)\\.$`),
    ),
  },
  {
    title: "not Kubernetes",
    fault: "garbage",
    which: everything,
    said: each(() => /^The API server sent something that is not JSON\.$/),
  },
];

const errors = ({ lines }: Replica) => lines().filter(({ event }) => event === "ca-error");

for (const { title, fault, which, damage, said } of ROWS) {
  t.test(`${title}: logged once, the server goes on, and damage is repaired afterwards`, async (t) => {
    const clock = { now: Date.now() };
    const api = await installed(t);
    const timings =
      fault === "stall" ? { ...PATIENT, silence: 5000, answer: 6000, watchLimit: 7000 } : PATIENT;
    const one = await replica(t, api, clock, { timings });
    await until(() => one.own.notReady() === undefined && api.objects.writes.length === 4);
    t.same(errors(one), []);
    await api.fail(fault, which);
    damage?.(api);
    const isSaid = ([what, text]: [string, RegExp]) =>
      errors(one).some((line) => line["what"] === what && text.test(`${line["reason"]}`));
    await until(() => Object.entries(said).every(isSaid));
    const { length } = api.requests;
    await sleep(AWHILE);
    t.ok(api.requests.length - length < MOST_REQUESTS, `${api.requests.length - length} requests meanwhile`);
    for (const [what, text] of Object.entries(said)) {
      const lines = errors(one).filter((line) => line["what"] === what);
      t.match(lines.at(-1), { level: "warn", reason: text }, what);
      t.comment(`${title}: ${lines.at(-1)?.["reason"]}`);
    }
    t.ok(errors(one).length <= 2 * Object.keys(said).length, "each change is said, not each attempt");
    t.equal(one.own.notReady(), undefined, "it stays ready");

    const leaves = one.leaves.length;
    clock.now += 17 * HOUR;
    await until(() => one.leaves.length > leaves);
    t.equal(one.leaves.length, leaves + 1, "the leaf is renewed all the same");

    await api.heal();
    await until(
      () =>
        bundlesOf(api).every(({ bundle }) => bundle.length === 1) &&
        api.objects.get(SECRET)?.["data"] !== undefined,
    );
    for (const { name, bundle } of bundlesOf(api))
      t.same(refusals(one.leaf() as never, bundle, clock.now), [], name);
    t.equal(contentOf(api).ca?.id, one.own.signer?.id);
    const recovered = () => one.lines().filter(({ event }) => event === "ca-recovered").length;
    await until(() => recovered() >= Object.keys(said).length);
    t.ok(recovered() >= Object.keys(said).length, "and that it works again is said");
  });
}

t.test("a start without an API server waits without a limit", async (t) => {
  const clock = { now: Date.now() };
  const api = await installed(t);
  await api.fail("refuse");
  const one = await replica(t, api, clock);
  await until(() => errors(one).length === 3);
  clock.now += 40 * DAY;
  await sleep(AWHILE);
  t.match(
    one.own.notReady(),
    /^waiting for the CA in Secret gracekeeper\/gracekeeper-ca\. If the wait does not end/,
  );
  t.equal(errors(one).length, 3);
  await api.heal();
  await until(() => one.own.notReady() === undefined);
  t.same(refusals(one.leaf() as never, bundlesOf(api)[0]?.bundle ?? [], clock.now), []);
});

t.test(
  "while the API server is down for months, the leaf is renewed with the CA in memory until the CA expires",
  async (t) => {
    const clock = { now: Date.now() };
    const api = await installed(t);
    const one = await replica(t, api, clock);
    await until(() => one.own.notReady() === undefined && api.objects.writes.length === 4);
    const [entry] = bundlesOf(api);
    await api.fail("refuse");
    const refused: string[] = [];
    // In every week the leaf must be valid for the caBundle from before the fault.
    for (let day = 7; day < 360; day += 7) {
      clock.now += 7 * DAY;
      await until(() => refusals(one.leaf() as never, entry?.bundle ?? [], clock.now).length === 0, 3000);
      refused.push(...refusals(one.leaf() as never, entry?.bundle ?? [], clock.now));
    }
    t.same(refused, []);
    const soon = () => one.lines().filter(({ event }) => event === "ca-expires-soon").length;
    t.ok(soon() > 0, "that the CA ends soon is said");
    clock.now = (one.own.signer?.notAfter ?? 0) - HOUR;
    await until(() => refusals(one.leaf() as never, entry?.bundle ?? [], clock.now).length === 0);
    const { length } = one.leaves;
    clock.now += HOUR / 2;
    await sleep(AWHILE);
    t.equal(one.leaves.length, length, "a leaf that ends with its CA cannot be bettered");
    const leaves = one.leaves.length;
    clock.now += 30 * DAY;
    await sleep(AWHILE);
    t.equal(
      one.leaves.length,
      leaves,
      "after that there is nothing to sign with, and it is not tried without end",
    );
    await api.heal();
    await until(() =>
      bundlesOf(api).every(({ bundle }) => refusals(one.leaf() as never, bundle, clock.now).length === 0),
    );
    t.same(
      refusals(one.leaf() as never, bundlesOf(api)[0]?.bundle ?? [], clock.now),
      [],
      "a new CA, trusted",
    );
    t.comment(`${api.requests.length} requests`);
  },
);

t.test(
  "certificates survive days of suspension, 49.7 days of uptime, and a clock that is an hour wrong",
  async (t) => {
    const clock = { now: Date.now() };
    const api = await installed(t);
    const one = await replica(t, api, clock);
    await until(() => one.own.notReady() === undefined && api.objects.writes.length === 4);
    const bundle = () => bundlesOf(api)[0]?.bundle ?? [];
    const UINT32_MILLISECONDS = 2 ** 32;
    for (const [title, jump] of [
      ["eight days of suspend", 8 * DAY],
      ["49.7 days", UINT32_MILLISECONDS],
      ["an hour back", -HOUR],
      ["a day back", -DAY],
      ["a minute on", HOUR / 60],
    ] as const) {
      clock.now += jump;
      await until(() => refusals(one.leaf() as never, bundle(), clock.now).length === 0);
      t.same(
        refusals(one.leaf() as never, bundle(), clock.now),
        [],
        `${title}: a fresh leaf, with no time gone by`,
      );
    }
    const leaves = one.leaves.length;
    await sleep(AWHILE);
    t.equal(one.leaves.length, leaves, "a fresh leaf is not made again");
    clock.now += 15 * HOUR;
    await sleep(AWHILE);
    t.equal(one.leaves.length, leaves, "not before two thirds of its life");
    clock.now += 3 * HOUR;
    await until(() => one.leaves.length > leaves);
    t.equal(one.leaves.length, leaves + 1);
    for (const skew of [-HOUR + 2000, HOUR]) {
      t.same(
        refusals(one.leaf() as never, bundle(), clock.now + skew),
        [],
        `a client that is ${skew} ms ahead`,
      );
    }
  },
);
