import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { FITTING_SPEC, pod, VIOLATING_SPEC } from "./objects.ts";
import { inParallel, type World } from "./world.ts";

const LABEL = "gracekeeper.dev/validate";

const FEW = "running";
const CROWD = "crowded";

/** A number of pods above the limit of the preview. */
const CROWD_SIZE = 3200;
const AT_ONCE = 12;

/** The API server gives the webhook 2 s. A busy machine may take 3 s longer. */
const LONGEST_SECONDS = 5;

/** After the API server refuses to list pods, gracekeeper does not ask again for a minute. */
const FORBIDDEN_SECONDS = 75;

/**
 * The preview without permission to list pods. This check runs early, because gracekeeper notices a new permission only
 * after a minute.
 */
export async function checkSilence(world: World, manifests: string): Promise<void> {
  const { report, cluster } = world;
  report.section("Labelling a namespace, without the right to list pods");
  await fill(world, FEW, 7);
  await report.check(
    "without the permission, labels for enforce and warn are written at once and without a warning",
    async () => {
      const start = performance.now();
      for (const mode of ["enforce", "warn"]) assert.deepEqual(await label(world, FEW, mode), []);
      assert.deepEqual(await label(world, FEW, null), []);
      return seconds(start);
    },
  );
  await report.check(
    "components/preview grants the permission to list pods, and changes nothing else",
    async () => {
      const before = await rendered(world, manifests);
      const file = join(manifests, "kustomization.yaml");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace("  # - components/preview", "  - components/preview"));
      const after = await rendered(world, manifests);
      const changed = after.filter((object) => !before.includes(object));
      assert.equal(changed.length, 1, changed.join("---"));
      const { code, stdout, stderr } = await cluster.kubectlWith(changed[0] ?? "", "apply", "-f", "-");
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal(stdout, "clusterrole.rbac.authorization.k8s.io/gracekeeper configured\n");
    },
  );
}

/** The objects of `kubectl apply -k`. */
async function rendered({ cluster }: World, manifests: string): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cluster.kubectl("kustomize", manifests);
  assert.equal(code, 0, stderr);
  return stdout.trimEnd().split("\n---\n");
}

/** The preview with permission to list pods. */
export async function checkPreview(world: World): Promise<void> {
  const { report, cluster } = world;
  report.section("Labelling a namespace, with that right");
  await report.check("writing the label enforce warns how many running pods would be denied", async () => {
    const said = await untilSaid(world);
    one(said, preview(FEW, "5 of 7"));
    await label(world, FEW, null);
  });
  await report.check(
    "kubectl label prints how many pods would be denied, for warn and for enforce",
    async () => {
      const { code, stdout, stderr } = await cluster.kubectl("label", "namespace", FEW, `${LABEL}=warn`);
      assert.deepEqual([code, stdout], [0, `namespace/${FEW} labeled\n`]);
      assert.match(stderr, preview(FEW, "5 of 7"));
    },
  );
  await report.check(
    "no preview for audit and off, for a namespace without pods, and for writes without a label change",
    async () => {
      assert.deepEqual(await label(world, FEW, "audit"), []);
      assert.deepEqual(await label(world, FEW, "off"), []);
      await fill(world, "harmless", 0);
      assert.deepEqual(await label(world, "harmless", "enforce"), []);
      await label(world, FEW, "enforce");
      assert.deepEqual(
        await write(world, FEW, { annotations: { "gracekeeper.dev/shutdown-seconds": "12" } }),
        [],
      );
    },
  );
  await report.check(`${CROWD_SIZE} pods: the label is written in bounded time`, async () => {
    await fill(world, CROWD, CROWD_SIZE);
    const start = performance.now();
    const said = await label(world, CROWD, "enforce");
    const took = seconds(start);
    assert.ok(Number.parseFloat(took) < LONGEST_SECONDS, took);
    if (said.length > 0) one(said, preview(CROWD, "2998 of the first 3000"));
    return `${took}, ${said.length > 0 ? "with the preview" : "silent: not done in a second"}`;
  });
}

function preview(namespace: string, counts: string): RegExp {
  return new RegExp(
    `^(Warning: )?.*"${namespace}".* ${counts} .*"bad-0".*45s.*30s.* \\[hook-over-grace\\]\n?$`,
  );
}

function one(said: readonly string[], pattern: RegExp): void {
  assert.equal(said.length, 1, said.join("\n"));
  assert.match(said[0] ?? "", pattern);
}

/** Creates pods in a namespace that has no label yet: two fit the grace period, the others violate it. */
async function fill({ api }: World, name: string, pods: number): Promise<void> {
  await api.makeNamespace({ name });
  const specs = Array.from({ length: pods }, (_, index) =>
    index < 2 ? pod(`a-good-${index}`, FITTING_SPEC) : pod(`bad-${index - 2}`, VIOLATING_SPEC),
  );
  await inParallel(specs, AT_ONCE, async (one) => {
    const { status, body } = await api.post(`/api/v1/namespaces/${name}/pods`, one);
    assert.equal(status, 201, body.message);
  });
}

function label(world: World, namespace: string, mode: string | null): Promise<readonly string[]> {
  return write(world, namespace, { labels: { [LABEL]: mode } });
}

async function write({ api }: World, namespace: string, metadata: object): Promise<readonly string[]> {
  const { status, body, warnings } = await api.patch(`/api/v1/namespaces/${namespace}`, { metadata });
  assert.equal(status, 200, body.message);
  return warnings;
}

async function untilSaid(world: World): Promise<readonly string[]> {
  for (
    const start = performance.now();
    performance.now() - start < FORBIDDEN_SECONDS * 1000;
    await wait(1000)
  ) {
    const said = await label(world, FEW, "enforce");
    if (said.length > 0) return said;
    await label(world, FEW, null);
  }
  throw new Error(`nothing was said in ${FORBIDDEN_SECONDS} s`);
}

function seconds(start: number): string {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`;
}
