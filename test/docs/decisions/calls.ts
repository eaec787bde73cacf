import fc from "fast-check";
import { asObject, type JsonObject } from "../../../src/json.ts";
import { pod } from "../../arbitraries/pods.ts";
import type { Call } from "./log.ts";

/** Calls of an API server. A few are written by hand for docs/rollout.md, and many are generated. */

const CONTROLLER = { username: "system:serviceaccount:kube-system:replicaset-controller", groups: [] };

/** The alphabet of ReplicaSet names: `rand.SafeEncodeString` of apimachinery pkg/util/rand. */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

/** A pod template hash of 5 to 10 characters, as in names of real ReplicaSets. */
function templateHash(seed: number): string {
  return Array.from(
    { length: 5 + (seed % 6) },
    (_, place) => SAFE[(seed * 7 + place * 5) % SAFE.length],
  ).join("");
}

function time(day: number, minute: number, milliseconds = 0): string {
  return new Date(Date.UTC(2026, 10, 2 + day, 9, minute, 0, milliseconds)).toISOString();
}

/** A pod that a ReplicaSet of this Deployment would make. */
export function podOfDeployment(
  name: string,
  spec: unknown,
  annotations: JsonObject = {},
  hash = 1,
): JsonObject {
  const replicaSet = `${name}-${templateHash(hash)}`;
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "ReplicaSet", name: replicaSet, controller: true }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { generateName: `${replicaSet}-`, annotations, ownerReferences },
    spec,
  };
}

function podOfCronJob(name: string, spec: unknown, run: number): JsonObject {
  const job = `${name}-${29_400_000 + run}`;
  const ownerReferences = [{ apiVersion: "batch/v1", kind: "Job", name: job, controller: true }];
  return { apiVersion: "v1", kind: "Pod", metadata: { generateName: `${job}-`, ownerReferences }, spec };
}

function spec(command: readonly string[], grace = 30, more: JsonObject = {}): JsonObject {
  const container = { name: "web", image: "web:1", lifecycle: { preStop: { exec: { command } } } };
  return { terminationGracePeriodSeconds: grace, restartPolicy: "Always", containers: [container], ...more };
}

const TOO_LONG = spec(["sleep", "45"]);
const NO_TIME = spec(["sleep", "30"]);
const FITS = spec(["sleep", "5"]);
const SCRIPT = spec(["/drain.sh"]);

function pods(
  count: number,
  day: number,
  namespace: string,
  name: string,
  object: JsonObject,
): readonly Call[] {
  return Array.from({ length: count }, (_, index) => ({
    time: time(day, index),
    mode: "audit",
    object,
    request: { namespace, userInfo: CONTROLLER },
    workload: `Deployment/${name}`,
  }));
}

/** The calls of a small cluster in audit mode. The page shows what its commands print for these calls. */
export const SHOWN: readonly Call[] = [
  ...pods(6, 0, "payments", "checkout", podOfDeployment("checkout", TOO_LONG)),
  ...pods(2, 0, "payments", "ledger", podOfDeployment("ledger", NO_TIME, {}, 2)),
  ...pods(3, 0, "shop", "web", podOfDeployment("web", FITS, {}, 3)),
  ...pods(4, 1, "payments", "checkout", podOfDeployment("checkout", TOO_LONG)),
  ...pods(
    2,
    1,
    "search",
    "query",
    podOfDeployment("query", SCRIPT, { "gracekeeper.dev/hook-seconds": "web=12" }, 4),
  ),
  ...pods(
    2,
    1,
    "search",
    "index",
    podOfDeployment("index", TOO_LONG, { "gracekeeper.dev/ignore": "hook-over-grace" }, 5),
  ),
  ...pods(3, 2, "payments", "checkout", podOfDeployment("checkout", FITS, {}, 6)),
  ...Array.from({ length: 3 }, (_, run): Call => {
    const object = podOfCronJob("report", { ...NO_TIME, restartPolicy: "Never" }, run * 1440);
    return {
      time: time(run, 30),
      mode: "audit",
      object,
      request: { namespace: "billing", userInfo: CONTROLLER },
      workload: "CronJob/report",
    };
  }),
  invoice("ci-billing", false, 45),
  // A dry run by the cluster owner, who sends all workloads again as if they were new.
  invoice("cluster-owner", true, 50),
  {
    time: time(2, 55),
    mode: "audit",
    object: podOfDeployment("tried", FITS, {}, 7),
    request: { namespace: "only-dry-runs", dryRun: true },
    workload: "Deployment/tried",
  },
];

function invoice(username: string, dryRun: boolean, minute: number): Call {
  return {
    time: time(2, minute),
    mode: "audit",
    object: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "invoice" },
      spec: { selector: {}, template: { metadata: {}, spec: TOO_LONG } },
    },
    request: { namespace: "billing", userInfo: { username, groups: [] }, dryRun },
    workload: "Deployment/invoice",
  };
}

const NAMESPACES = 40;
const DAYS = 7;
const SEED = 11;
const MODES = ["audit", "audit", "warn", "enforce", "inject"] as const;

/** How many namespaces have only pods without a finding. */
const GOOD_NAMESPACES = 5;

/**
 * Creates of generated pods in forty namespaces over a week. Pods belong to a Deployment or a CronJob, or have no
 * owner.
 */
export function generatedCalls(count: number): readonly Call[] {
  return fc.sample(pod, { numRuns: count, seed: SEED }).map((object, index) => {
    const name = `app-${index % 5}`;
    const metadata = asObject(object["metadata"]) ?? {};
    const namespace = Math.floor(index / DAYS) % NAMESPACES;
    const good = namespace < GOOD_NAMESPACES;
    const annotations = good ? {} : (asObject(metadata["annotations"]) ?? {});
    const podSpec = good ? FITS : object["spec"];
    const made = [
      podOfDeployment(name, podSpec, annotations, index),
      podOfCronJob(name, podSpec, index),
      { ...object, metadata: { name, annotations }, spec: podSpec },
    ];
    const owners = ["Deployment", "CronJob", "Pod"];
    const which = index % 8 === 0 ? 1 : index % 8 === 1 ? 2 : 0;
    return {
      // Each call has a different time, so that the order of calls is certain.
      time: time(index % DAYS, index % 60, index),
      mode: MODES[index % MODES.length] ?? "audit",
      object: made[which] ?? object,
      request: {
        namespace: `team-${namespace}`,
        dryRun: index % 11 === 0,
        userInfo: { username: `user-${index % 13}`, groups: [] },
      },
      workload: `${owners[which]}/${name}`,
    };
  });
}
