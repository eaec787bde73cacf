/**
 * `npm run upgrade`: upgrades from the last release to this checkout and goes back, on a real API server. Pods are
 * created all the time, and every entry has `failurePolicy: Fail`. The exit code is 1 if a create failed. FROM chooses
 * another tag or commit, GRACEKEEPER_KUBERNETES the version of the API server.
 */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { KUBERNETES } from "../binaries.ts";
import { underCreates } from "../certificates/check-switches.ts";
import { Checkout, REPOSITORY } from "../certificates/installation.ts";
import { bundles, lead, OWN, SECRETS, startWorld, stopWorld, template } from "../certificates/world.ts";
import { Report } from "../report.ts";
import { checkOut, earlierVersion } from "./earlier.ts";

const SECRET = `${SECRETS}/gracekeeper-ca`;

const report = new Report();
await report.finish(async () => {
  const version = await earlierVersion();
  const source = await checkOut(version);
  const world = await startWorld(report, KUBERNETES, true);
  const { api, cluster, balancer, checkout, replicas } = world;
  const earlier = await Checkout.of(source, cluster);
  // One version of gracekeeper may have entries that the other version lacks. Entries of both versions lead to the
  // replicas.
  for (const one of [earlier, checkout]) await one.lead(balancer.port);
  /** Applies the manifests and replaces the replicas, as an upgrade does. */
  const moveTo = async (to: Checkout, main: string) => {
    await to.run("kubectl apply -k install");
    await replicas.rollTo(template(world, main, to, OWN));
  };
  try {
    report.section(`From ${version} to this checkout and back, failurePolicy Fail`);
    await earlier.run("kubectl apply -k install");
    await lead(world);
    await replicas.rollTo(template(world, source, earlier, OWN));
    const authority = (await api.get(SECRET)).body.data;
    const published = await bundles(world);
    await underCreates(world, `${version} to this checkout`, () => moveTo(checkout, REPOSITORY));
    await underCreates(world, `back to ${version}`, () => moveTo(earlier, source));
    await underCreates(world, "and to this checkout again", () => moveTo(checkout, REPOSITORY));
    await report.check(
      "after upgrade and return, the Secret and every entry have the original CA",
      async () => {
        assert.deepEqual((await api.get(SECRET)).body.data, authority);
        for (const [name, bundle] of await bundles(world))
          assert.equal(bundle, published.get(name) ?? [...published.values()][0], name);
      },
    );
  } finally {
    await stopWorld(world);
    await earlier.remove();
    await rm(source, { recursive: true, force: true });
  }
  return `Kubernetes ${KUBERNETES}`;
});
