import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Cluster } from "./cluster.ts";
import { FITTING_SPEC, HOOKLESS_SPEC, KINDS, pod, VIOLATING_SPEC } from "./objects.ts";

/** Prints what a person sees who switches it on and goes to work: the commands as typed, and what kubectl answered. */
export async function printSession(cluster: Cluster): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gracekeeper-session-"));
  const deployment = KINDS.find(({ kind }) => kind === "Deployment");
  const files = {
    "slow-pod.yaml": pod("slow", VIOLATING_SPEC),
    "slow-deployment.yaml": deployment?.make("slow", VIOLATING_SPEC),
    "good-pod.yaml": pod("good", FITTING_SPEC),
    "plain-pod.yaml": pod("plain", HOOKLESS_SPEC),
  };
  for (const [name, object] of Object.entries(files)) await writeFile(join(folder, name), stringify(object));
  console.log("\nA session (slow-*: preStop sleeps 45 s, grace 30 s; plain-pod: no hook)\n");
  const run = async (line: string) => {
    const words = [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
    const args = words.slice(1).map((word) => (word in files ? join(folder, word) : word));
    const { stdout, stderr } = await cluster.kubectl(...args);
    const text = `${stderr}${stdout}`.replaceAll(`${folder}/`, "").trimEnd();
    console.log(`$ ${line}\n${text}\n`);
  };
  await run("kubectl create namespace shop");
  await run("kubectl label namespace shop gracekeeper.dev/validate=enforce gracekeeper.dev/inject=enabled");
  await run("kubectl apply -n shop -f slow-pod.yaml");
  await run("kubectl apply -n shop -f slow-deployment.yaml");
  await run("kubectl apply -n shop -f good-pod.yaml");
  await run("kubectl apply -n shop -f plain-pod.yaml");
  await run(
    "kubectl get pod plain -n shop -o jsonpath='{.spec.containers[0].lifecycle} {.spec.terminationGracePeriodSeconds}'",
  );
  await run("kubectl label namespace shop gracekeeper.dev/validate=warn --overwrite");
  await run("kubectl apply -n shop -f slow-pod.yaml");
  await rm(folder, { recursive: true });
}
