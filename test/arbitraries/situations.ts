import fc from "fast-check";
import type { JsonObject } from "../../src/json.ts";
import type { Action } from "../../src/policy/model/action.ts";
import { namespaceOf } from "../../src/policy/model/namespace.ts";
import { CONTEXT, type TestContext } from "../reviews.ts";
import { actions } from "./contexts.ts";
import { pod as anyPod, execHook, grace as graceOfPod, mainCommand, sleepHook } from "./pods.ts";

/** A pod or pod template, with the context of its decision. */
export interface Situation {
  readonly object: JsonObject;
  readonly group: string;
  readonly kind: string;
  readonly settled: boolean;
  readonly namespace: { labels: Record<string, string>; annotations: Record<string, string> } | undefined;
  readonly maxGraceSeconds: number | undefined;
  readonly shutdownSeconds: number | undefined;
  readonly kubernetesMinor: number | undefined;
  readonly actions: ReadonlyMap<string, Action>;
}

export function contextOf(situation: Situation): TestContext {
  const { namespace: given, maxGraceSeconds, shutdownSeconds, kubernetesMinor, actions } = situation;
  const configuration = { maxGraceSeconds, shutdownSeconds, kubernetesMinor, actions };
  const namespace = given && namespaceOf("shop", given.labels, given.annotations);
  return {
    ...CONTEXT,
    configuration: { ...CONTEXT.configuration, ...configuration },
    namespace,
    // The generated objects have no namespace, so the key of this map is the empty string.
    namespaces: new Map(namespace && [["", namespace]]),
  };
}

const some = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const names = ["web", "app", "worker", "log"];

const hook = fc.oneof(
  { weight: 6, arbitrary: execHook },
  { weight: 3, arbitrary: sleepHook },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { httpGet: { path: "/drain", port: 8080 } },
      { tcpSocket: { port: 80 } },
      { exec: { command: ["sleep 45"] } },
      { exec: { command: ["sleep infinity"] } },
      { exec: { command: ["/drain.sh --all"] } },
      { exec: { command: ["sh", "-c", "sleep 25; /drain.sh"] } },
      { exec: { command: ["sh", "-c", "sleep 7.5"] } },
      { exec: { command: ["sh", "-c", "kill -QUIT 1; sleep 35; /opt/x"] } },
      { exec: { command: ["sh", "-c", "curl -s localhost/drain || sleep 20"] } },
      { exec: { command: ["sh", "-c", "sleep 15; /drain.sh; timeout 60 /flush.sh"] } },
      { exec: { command: ["sh", "-c", "sleep 604800"] } },
      { exec: { command: ["sh", "-c", "# wait for the load balancer sleep 35"] } },
      { exec: { command: ["sh", "-c", "exec", "sleep 35"] } },
      { exec: { command: ["sh", "-c", "/drain.sh; sleep 35x"] } },
      { exec: { command: ["sh", "-c", "sleep 20", "&&", "nginx -s quit"] } },
      { exec: { command: ["sh", "-c", "sleep 5", "/a", "/b"] } },
      { exec: { command: ["[sleep, 20]"] } },
    ),
  },
);

const probe = fc.record(
  {
    httpGet: fc.constant({ path: "/", port: 8080 }),
    terminationGracePeriodSeconds: fc.integer({ min: 1, max: 60 }),
  },
  { requiredKeys: ["httpGet"] },
);

const container = fc.record(
  {
    image: fc.constant("web:1"),
    command: some(mainCommand),
    ports: some(fc.constant([{ containerPort: 80 }])),
    readinessProbe: some(fc.constant({ httpGet: { path: "/", port: 80 } })),
    livenessProbe: some(probe),
    startupProbe: some(probe),
    lifecycle: fc.record({ preStop: hook, postStart: some(hook) }, { requiredKeys: [] }),
  },
  { requiredKeys: ["image"] },
);

const span = fc.oneof(
  fc.integer({ min: 0, max: 90 }).map(String),
  fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 30, max: 90 })).map(([a, b]) => `${a}-${b}`),
  fc.constantFrom("20s", " 5", "abc", "", "-1", "1e3", "3000000000"),
);

const declared = fc
  .array(fc.tuple(fc.constantFrom(...names, "ghost"), span), { minLength: 1, maxLength: 3 })
  .map((items) => items.map((item) => item.join("=")).join(","));

const shutdown = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom("60s", "5 ", "soon", "-5", "400", "90000") },
);

const annotations = fc.record(
  {
    "gracekeeper.dev/hook-seconds": declared,
    "gracekeeper.dev/shutdown-seconds": shutdown,
    "gracekeeper.dev/prestop-sleep-seconds": fc.constantFrom("5", "10", "25", "10s", "0", "x"),
    "gracekeeper.dev/ignore": fc.constantFrom(
      "hook-missing",
      "hook-mising",
      "nothing",
      "hook-missing, grace-zero",
      "",
    ),
    "gracekeeper.dev/hook-second": fc.constant("web=5"),
    "prometheus.io/scrape": fc.constant("true"),
  },
  { requiredKeys: [] },
);

const labels = fc.constantFrom<Record<string, string> | undefined>(
  undefined,
  undefined,
  { app: "web" },
  { "gracekeeper.dev/inject": "disabeld" },
  { "gracekeeper.dev/validate": "enforce" },
);

const containers = (least: number, most: number): fc.Arbitrary<readonly JsonObject[]> =>
  fc.array(container, { minLength: least, maxLength: most });

const spec = fc
  .record({
    terminationGracePeriodSeconds: fc.oneof(
      { weight: 5, arbitrary: graceOfPod },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }) },
      { weight: 1, arbitrary: fc.constantFrom(0, 1, 2) },
    ),
    restartPolicy: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom("Always", "OnFailure", "Never") },
    ),
    containers: containers(1, 3),
    sidecars: fc.oneof(
      { weight: 3, arbitrary: fc.constant<readonly JsonObject[]>([]) },
      { weight: 1, arbitrary: containers(1, 2) },
    ),
  })
  .map(({ sidecars, containers: mains, ...rest }) => ({
    ...rest,
    containers: mains.map((one, place) => ({ name: names[place], ...one })),
    initContainers: sidecars.map((one, place) => ({ name: `side${place}`, ...one, restartPolicy: "Always" })),
  }));

const template = fc.record({ metadata: fc.record({ annotations: some(annotations), labels }), spec });

const misplaced = fc.constantFrom<JsonObject>(
  {},
  {},
  {},
  { annotations: { "gracekeeper.dev/hook-seconds": "web=5" } },
);

/** The API server refuses two containers with the same name, even in different lists. */
function hasUniqueNames({ spec }: JsonObject): boolean {
  const { containers: mains, initContainers } = spec as Record<string, { name: string }[] | null | undefined>;
  const all = [...(mains ?? []), ...(initContainers ?? [])].map((one) => one.name);
  return new Set(all).size === all.length;
}

type Placed = Pick<Situation, "object" | "group" | "kind">;

const placed: fc.Arbitrary<Placed> = fc.oneof(
  {
    weight: 2,
    arbitrary: anyPod.filter(hasUniqueNames).map((object) => ({ object, group: "", kind: "Pod" })),
  },
  {
    weight: 5,
    arbitrary: template.map((one) => ({
      object: { apiVersion: "v1", kind: "Pod", ...one },
      group: "",
      kind: "Pod",
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(template, misplaced).map(([one, metadata]) => ({
      object: { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template: one } },
      group: "apps",
      kind: "Deployment",
    })),
  },
  {
    weight: 1,
    arbitrary: template.map((one) => ({
      object: {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: {},
        spec: { jobTemplate: { spec: { template: one } } },
      },
      group: "batch",
      kind: "CronJob",
    })),
  },
);

const namespace = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: fc.record({
      labels: fc.constantFrom<Record<string, string>>({}, {}, { "gracekeeper.dev/validate": "enfroce" }),
      annotations: fc.record(
        {
          "gracekeeper.dev/max-grace-seconds": fc.oneof(
            { weight: 6, arbitrary: fc.integer({ min: 1, max: 120 }).map(String) },
            { weight: 1, arbitrary: fc.constantFrom("5m", "0") },
          ),
          "gracekeeper.dev/shutdown-seconds": shutdown,
          "gracekeeper.dev/prestop-sleep-seconds": fc.integer({ min: 1, max: 60 }).map(String),
        },
        { requiredKeys: [] },
      ),
    }),
  },
);

const around = {
  settled: fc.constantFrom(true, true, true, false),
  namespace,
  maxGraceSeconds: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 300 }) },
  ),
  shutdownSeconds: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }) },
  ),
  kubernetesMinor: fc.constantFrom(undefined, 29, 30, 31, 32, 33, 34, 35, 36, 37, 37),
};

const situationWith = (of: fc.Arbitrary<ReadonlyMap<string, Action>>): fc.Arbitrary<Situation> =>
  fc.record({ placed, ...around, actions: of }).map(({ placed: { object, ...where }, ...rest }) => ({
    ...where,
    ...rest,
    object: JSON.parse(JSON.stringify(object)),
  }));

/** A situation in which every finding has its default action. */
export const situation = situationWith(fc.constant(new Map()));

/** A situation in which up to six findings have the action Deny instead of their default. */
export const strictSituation = situationWith(actions(fc.constant("Deny"), 6));
