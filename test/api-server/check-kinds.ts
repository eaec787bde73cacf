import assert from "node:assert/strict";
import { TEMPLATE_PREFIX, warningAt } from "./golden.ts";
import { ALL_KINDS } from "./kinds.ts";
import { FITTING_SPEC, VIOLATING_SPEC } from "./objects.ts";
import { callsDuring, type World } from "./world.ts";

/**
 * For an object of every kind with pods, in every mode, the API server makes one call to the right webhook entry and
 * gets the right answer.
 */
export async function checkKinds(world: World): Promise<void> {
  const { report, api, cluster } = world;
  report.section("Kinds");
  for (const { kind, path, make, specPath } of ALL_KINDS) {
    const isPod = kind === "Pod";
    const name = `every-${kind.toLowerCase()}`;
    const warning = warningAt(specPath);
    const create = async (namespace: string, entry: string) => {
      let answer: Awaited<ReturnType<typeof api.post>> | undefined;
      const calls = await callsDuring(world, async () => {
        answer = await api.post(path(namespace), make(name, VIOLATING_SPEC));
      });
      assert.deepEqual(calls, { [`${entry}.gracekeeper.dev`]: 1 });
      assert.ok(answer);
      return answer;
    };
    await report.check(
      `${kind}: ${isPod ? "a denial" : "a warning"} in enforce, a warning in warn, an audit annotation in audit`,
      async () => {
        const enforced = await create("enforced", isPod ? "validate" : "templates");
        assert.equal(enforced.status, isPod ? 403 : 201, enforced.body.message);
        if (!isPod) assert.deepEqual(enforced.warnings, [TEMPLATE_PREFIX + warning]);
        const warned = await create("warned", "warn");
        assert.equal(warned.status, 201, warned.body.message);
        assert.deepEqual(warned.warnings, [warning]);
        const audited = await create("audited", "audit");
        assert.deepEqual([audited.status, audited.warnings], [201, []]);
        const [event] = await cluster.auditEvents("audited", name);
        assert.ok(JSON.stringify(event?.annotations).includes("[hook-over-grace]"), JSON.stringify(event));
      },
    );
    await report.check(
      `${kind}: a dry run gets the same answer, and a workload that fits gets no warning`,
      async () => {
        const dry = await api.post(`${path("warned")}?dryRun=All`, make(`${name}-dry`, VIOLATING_SPEC));
        assert.equal(dry.warnings.length, 1);
        const fits = await api.post(`${path("enforced")}?dryRun=All`, make(`${name}-fits`, FITTING_SPEC));
        assert.deepEqual([fits.status, fits.warnings], [201, []], fits.body.message);
      },
    );
  }
}
