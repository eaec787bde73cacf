import type { Cluster } from "./cluster.ts";

const SWITCH_ON =
  "kubectl label namespace shop gracekeeper.dev/validate=enforce gracekeeper.dev/inject=enabled";
const SHORTER_GRACE = '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":10}}}}';

/** The commands of the session in README.md: they switch gracekeeper on and apply files of `examples/`. */
const LINES = [
  "kubectl create namespace shop",
  SWITCH_ON,
  "kubectl apply -n shop -f examples/no-time-left.yaml",
  "kubectl apply -n shop -f examples/long-drain.yaml",
  "kubectl apply -n shop -f examples/nginx.yaml",
  `kubectl patch deployment nginx -n shop -p '${SHORTER_GRACE}'`,
  "kubectl apply -n shop -f examples/no-hook.yaml",
  "kubectl get pod no-hook -n shop -o jsonpath='{.spec.containers[0].lifecycle} {.spec.terminationGracePeriodSeconds}'",
  "kubectl label namespace shop gracekeeper.dev/validate=warn --overwrite",
  "kubectl apply -n shop -f examples/long-drain.yaml",
  "kubectl label namespace shop gracekeeper.dev/validate=enfroce --overwrite",
  "kubectl annotate namespace shop gracekeeper.dev/max-grace-seconds=5m",
  "kubectl label namespace shop gracekeeper.dev/validate=enforce --overwrite",
];

/** Prints the commands and the output of kubectl. README.md shows this output, which is never written by hand. */
export async function printSession(cluster: Cluster): Promise<void> {
  console.log("\nA session\n");
  for (const line of LINES) {
    const words = [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
    const { stdout, stderr } = await cluster.kubectl(...words.slice(1));
    console.log(`$ ${line}\n${`${stderr}${stdout}`.trimEnd()}\n`);
  }
}
