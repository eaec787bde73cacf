import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { block } from "../../docs/blocks.ts";
import { KUBERNETES } from "../binaries.ts";
import { Hooks } from "../chart/hooks.ts";
import { REPOSITORY, startReplica, traces, type World } from "../chart/world.ts";
import { Place, withoutNodes } from "./place.ts";

const QUICK_START = "docs/quick-start.md";
const OPERATIONS = "docs/operations.md";
const CONFIGURATION = join(REPOSITORY, "manifests/config.yaml");

/** Before this minor version injection needs a setting, because a node may not know the sleep action. */
const FIRST_MINOR = 33;

/** Runs the commands of the pages for kustomize in order: quick start, emergency, install, upgrade, uninstall. */
export async function checkKustomizePages(
  world: World,
  more: (place: Place, restore: () => Promise<void>) => Promise<void>,
) {
  const { report, api } = world;
  report.section("Pages: kustomize");
  const hooks = new Hooks(world.cluster);
  const before = await traces(world);
  const place = await Place.make(world);
  await place.done(linesOf(QUICK_START, "kustomize", /^kubectl apply -k/));
  const replica = await startReplica(world, CONFIGURATION);
  const tries = block(QUICK_START, "run kustomize").text.split("\n").slice(3).join("\n");
  await checkAnswer(world, place, tries);
  await checkEmergency(world, place);
  await report.check("docs/install.md: the last command prints a warning", async () => {
    await api.makeNamespace({ name: "shop" });
    const lines = withoutNodes(block("docs/install.md", "run install").text);
    const applied = lines.indexOf("kubectl label");
    await place.done(lines.slice(0, applied));
    await replica.lead();
    const { stderr } = await place.done(lines.slice(applied));
    assert.match(stderr, /^Warning: container "web": preStop .*\[hook-over-grace\]$/m);
  });
  const restore = async () => {
    await place.done(block(OPERATIONS, "run back-kustomize").text);
    await replica.lead();
  };
  await checkBack(world, place, restore);
  await report.check("docs/operations.md: the upgrade commands run", () =>
    place.done(withoutNodes(block(OPERATIONS, "run upgrade").text)),
  );
  await more(place, restore);
  await replica.stop();
  await report.check("docs/operations.md: uninstall leaves nothing behind", async () => {
    await place.done(block(OPERATIONS, "run uninstall-kustomize").text);
    assert.deepEqual(await traces(world), before);
  });
  await report.check("docs/quick-start.md: undo", async () => {
    await place.done("kubectl apply -k manifests; kubectl delete validatingwebhookconfiguration gracekeeper");
    await place.done(block(QUICK_START, "run undo").text.replace(/^helm .*\n/m, ""));
    assert.deepEqual(await traces(world), before);
  });
  await hooks.stop();
}

/** Runs the commands of the pages for Helm. */
export async function checkHelmPages(world: World): Promise<void> {
  const { report, api } = world;
  report.section("Pages: Helm");
  const hooks = new Hooks(world.cluster);
  const place = await Place.make(world);
  await writeFile(join(place.folder, "values.yaml"), "replicas: 2\n");
  await place.done("kubectl delete namespace gracekeeper --ignore-not-found");
  await place.done(linesOf(QUICK_START, "helm", /^helm/));
  const replica = await startReplica(world, CONFIGURATION);
  await checkAnswer(world, place, block(QUICK_START, "run helm").text.split("\n").slice(2).join("\n"));
  await checkEmergency(world, place);
  await checkBack(world, place, async () => {
    await place.done(block(OPERATIONS, "run back-helm").text);
    await replica.lead();
  });
  await replica.stop();
  await report.check("docs/operations.md: uninstall leaves nothing behind", async () => {
    await place.done(block(OPERATIONS, "run uninstall-helm").text);
    assert.deepEqual(await traces(world), []);
  });
  await report.check("the chart's README: the install commands run, and helm test passes", async () => {
    await api.makeNamespace({ name: "shop" });
    const lines = withoutNodes(block("charts/gracekeeper/README.md", "run install").text);
    const tested = lines.indexOf("helm test");
    await place.done(lines.slice(0, tested).replace(" --wait", ""));
    const again = await startReplica(world, CONFIGURATION);
    await place.done(lines.slice(tested));
    await again.stop();
  });
  await report.check("docs/quick-start.md: undo", async () => {
    await place.done(block(QUICK_START, "run undo").text.replace(/^kubectl delete -k .*\n/m, ""));
    assert.deepEqual(await traces(world), ["Namespace /gracekeeper"]);
  });
  await hooks.stop();
}

function linesOf(page: string, marker: string, pattern: RegExp): string {
  const lines = withoutNodes(block(page, `run ${marker}`).text).split("\n");
  return lines.filter((line) => pattern.test(line)).join("\n");
}

/** The output that the quick start shows equals the output of kubectl. */
async function checkAnswer({ report }: World, place: Place, tries: string): Promise<void> {
  const name = "docs/quick-start.md: one pod is denied, and one gets a sleep, as the page shows";
  await report.check(name, async () => {
    const [label = "", apply = ""] = tries.split("\n");
    await place.done(label);
    const { text } = block(QUICK_START, "run answer");
    const commands = [...text.matchAll(/^\$ (.*)$/gm)].map(([, command = ""]) => command);
    assert.equal(commands[0], apply);
    const shown = [];
    for (const command of commands) {
      const { stdout, stderr } = await place.run(command);
      shown.push(`$ ${command}\n${stdout}${stderr}`.trimEnd());
    }
    if (Number(KUBERNETES.split(".")[1]) < FIRST_MINOR) return `not compared: it is for 1.${FIRST_MINOR}`;
    assert.equal(`${shown.join("\n\n")}\n`, text);
    return undefined;
  });
}

async function checkEmergency({ report }: World, place: Place): Promise<void> {
  await report.check(
    "docs/operations.md: after the emergency command the denied pod is created",
    async () => {
      await place.done(block(OPERATIONS, "run emergency").text);
      await place.done("kubectl apply -f examples/no-time-left.yaml && kubectl delete pod no-time-left");
    },
  );
}

async function checkBack({ report }: World, place: Place, back: () => Promise<void>): Promise<void> {
  await report.check("docs/operations.md: after the next command the pod is denied again", async () => {
    await back();
    for (let tries = 0; tries < 20; tries++) {
      const { code, stderr } = await place.run(
        "kubectl apply --dry-run=server -f examples/no-time-left.yaml",
      );
      if (code !== 0) return void assert.match(stderr, /denied the request/);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.fail("it was never denied");
  });
}
