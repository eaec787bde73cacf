import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { until } from "../kube/helper.ts";
import { bundlesOf, contentOf, installed, refusals, replica } from "./helper.ts";
import "../patience.ts";

t.test("the very first start: a CA in the Secret, in every caBundle, and then ready", async (t) => {
  const api = await installed(t);
  const clock = { now: Date.now() };
  const { own, leaf } = await replica(t, api, clock);
  t.match(own.notReady(), "waiting for the CA in Secret gracekeeper/gracekeeper-ca.");
  await until(() => own.notReady() === undefined);
  t.equal(own.notReady(), undefined);
  const { ca, next, previous, other } = contentOf(api);
  t.same([next, previous, other], [undefined, [], []]);
  for (const { name, bundle } of bundlesOf(api)) {
    t.same(
      bundle.map(({ id }) => id),
      [ca?.id],
      name,
    );
    t.same(refusals(leaf() as never, bundle, clock.now), [], name);
  }
  await sleep(1000);
  t.equal(api.objects.writes.length, 4);
});
