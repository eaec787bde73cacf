import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import type { Certificate } from "../../src/certs/certificate.ts";
import { renewalTime } from "../../src/certs/plan.ts";
import { cases, DEEP } from "../cases.ts";
import { PATIENT, until } from "../kube/helper.ts";
import {
  bundlesOf,
  contentOf,
  DAY,
  install,
  PACE,
  type Replica,
  refusals,
  replica,
  settles,
} from "./helper.ts";
import { plainApi } from "./plain-api.ts";
import "../patience.ts";

const ROTATIONS = cases(200, 12);
const REPLICAS = 3;

/** One in this many rotations is also checked with openssl. */
const SECOND_OPINION = DEEP ? 50 : 6;

/** Short pauses: rotations in this test follow each other within milliseconds, and many writes are normal. */
const TIMINGS = { ...PATIENT, firstPause: 5, longestPause: 10 };

t.test(
  `in ${ROTATIONS} rotations, clients that trust the published CAs accept the leaf after each change`,
  async (t) => {
    const folder = t.testdir({});
    const clock = { now: Date.now() };
    const api = await plainApi(t);
    install(api);
    const replicas: Replica[] = [];
    const refused: string[] = [];
    let published: { readonly at: number; readonly entries: ReturnType<typeof bundlesOf> }[] = [];
    let looks = 0;
    let watching = false;

    /**
     * Checks the leaf of every replica against every entry. An API server may still see earlier contents of the
     * entries, so these are checked, too.
     */
    function look(): void {
      if (!watching) return;
      published.push({ at: clock.now, entries: bundlesOf(api) });
      published = published.filter(({ at }) => at > clock.now - PACE.settle);
      for (const { name, bundle } of published.flatMap(({ entries }) => entries)) {
        for (const [index, { leaf }] of replicas.entries()) {
          looks++;
          const why = leaf() === undefined ? ["no leaf"] : refusals(leaf() as never, bundle, clock.now);
          refused.push(...why.map((one) => `${new Date(clock.now).toISOString()} ${index} ${name}: ${one}`));
        }
      }
    }
    api.objects.changed = look;
    for (let index = 0; index < REPLICAS; index++) {
      const one = await replica(t, api, clock, { timings: TIMINGS });
      one.own.present(look);
      replicas.push(one);
    }
    const everyone = (ready: (one: Replica) => boolean) => () => replicas.every(ready);
    await until(everyone(({ own }) => own.notReady() === undefined));

    for (let rotation = 1; rotation <= ROTATIONS && refused.length === 0; rotation++) {
      const { ca } = contentOf(api);
      // The clock jumps by months, as on a suspended machine. The checks begin when all replicas have a fresh leaf.
      watching = false;
      clock.now = renewalTime(ca as Certificate) + 1000;
      const isFresh = ({ leaf }: Replica) =>
        refusals(leaf() as never, bundlesOf(api)[0]?.bundle ?? [], clock.now);
      await until(everyone((one) => isFresh(one).length === 0));
      watching = true;
      look();
      await until(() => bundlesOf(api).every(({ bundle }) => bundle.length >= 2));
      if (replicas.some(({ own }) => own.signer?.id !== ca?.id))
        refused.push(`rotation ${rotation}: too early`);
      await settles(clock, () => replicas.every(({ own }) => own.signer?.id !== ca?.id));
      if (rotation % SECOND_OPINION === 0) t.same(opinions(folder, replicas, bundlesOf(api), clock.now), []);
      clock.now = (ca as Certificate).notAfter - DAY / 2;
      watching = false;
      await until(everyone((one) => isFresh(one).length === 0));
      watching = true;
      look();
      clock.now += DAY / 2 + 1000;
      await until(() => contentOf(api).previous.length === 0);
      const dropped = bundlesOf(api).every(({ bundle }) => bundle.length === 1);
      if (!dropped) refused.push(`rotation ${rotation}: the old one is not dropped`);
    }
    t.same(refused, []);
    t.equal(contentOf(api).other.length, 0, "no CA of ours was taken for another's");
    t.comment(`${looks} looks, ${api.objects.writes.length} writes, ${api.objects.conflicts} conflicts`);
  },
);

function opinions(
  folder: string,
  replicas: readonly Replica[],
  entries: ReturnType<typeof bundlesOf>,
  now: number,
) {
  return entries.flatMap(({ name, bundle }) =>
    replicas.flatMap(({ leaf }) => {
      writeFileSync(join(folder, "bundle.pem"), bundle.map(({ pem }) => pem).join(""));
      writeFileSync(join(folder, "leaf.pem"), leaf()?.cert ?? "");
      const time = ["-attime", String(Math.floor(now / 1000)), "-purpose", "sslserver"];
      const host = ["-verify_hostname", "gracekeeper.gracekeeper.svc"];
      const files = ["-CAfile", join(folder, "bundle.pem"), join(folder, "leaf.pem")];
      try {
        execFileSync("openssl", ["verify", "-x509_strict", ...time, ...host, ...files], { stdio: "pipe" });
        return [];
      } catch (error) {
        return [`${name}: ${(error as { stderr: Buffer }).stderr}`];
      }
    }),
  );
}
