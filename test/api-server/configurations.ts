import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { parse, stringify } from "yaml";
import { kindOf } from "./kinds.ts";
import { VIOLATING_SPEC } from "./objects.ts";
import type { World } from "./world.ts";

/** gracekeeper reads the file every 5 s. The limit is higher for a busy machine. */
const RELOAD_SECONDS = 20;

const FIRST_MINOR_WITH_SLEEP = 30;
const FIRST_MINOR_WITH_SLEEP_EVERYWHERE = 33;

/** The hooks that the shipped and the second configuration inject on this minor version. */
export function addsOn(minor: number): { readonly shipped: World["adds"]; readonly second: World["adds"] } {
  return {
    shipped: minor >= FIRST_MINOR_WITH_SLEEP_EVERYWHERE ? "sleep" : undefined,
    second: minor >= FIRST_MINOR_WITH_SLEEP ? "sleep" : "exec",
  };
}

/** The shipped configuration with denied templates and with exemptions. */
export async function secondConfiguration(file: string, minor: number): Promise<string> {
  const shipped = parse(await readFile(file, "utf8"));
  return stringify({
    ...shipped,
    templates: "Enforce",
    sleepAction: addsOn(minor).second === "exec" ? "Exec" : "Native",
    ignorable: [],
    exempt: { users: ["system:serviceaccount:ci:*"], namespaces: ["sandbox-*"] },
    workloads: [{ group: "example.com", kind: "WebFarm", templates: ["spec.template"] }],
  });
}

/**
 * Writes the ConfigMap file as the kubelet does. If `strict`, waits until templates are denied; otherwise waits until
 * templates are accepted.
 */
export async function takeUp(world: World, text: string, strict: boolean): Promise<void> {
  const { report, api, mount } = world;
  const { path, make } = kindOf("Deployment");
  await report.check("a changed ConfigMap is loaded without a restart", async () => {
    const wanted = strict ? 403 : 201;
    const status = async () =>
      (await api.post(`${path("enforced")}?dryRun=All`, make("taken-up", VIOLATING_SPEC))).status;
    assert.notEqual(await status(), wanted, "before the change");
    const start = performance.now();
    await mount.write(text);
    const since = () => (performance.now() - start) / 1000;
    while ((await status()) !== wanted) {
      assert.ok(since() < RELOAD_SECONDS, `not within ${RELOAD_SECONDS} s`);
      await wait(200);
    }
    return `after ${since().toFixed(1)} s`;
  });
}
