import fc from "fast-check";
import type { JsonObject } from "../../src/json.ts";

/** Generates pods as an API server could send them. Every optional field may be absent, null or set. */

const name = fc.oneof(
  fc.constantFrom("web", "app", "api", "worker", "log", "istio-proxy", "linkerd-proxy", "cloud-sql-proxy"),
  fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/),
);

const hookSeconds = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 90 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 30, 3600, 2 ** 31, 2 ** 53, 2 ** 63) },
);

const command = fc.oneof(
  hookSeconds.map((seconds) => ["sleep", `${seconds}`]),
  hookSeconds.map((seconds) => ["sh", "-c", `sleep ${seconds}`]),
  fc.integer({ min: 1, max: 90 }).map((seconds) => ["sh", "-c", `sleep ${seconds} && nginx -s quit`]),
  fc.integer({ min: 1, max: 90 }).map((seconds) => ["timeout", `${seconds}`, "/drain.sh"]),
  fc.constantFrom(
    ["/drain.sh"],
    ["sleep", "infinity"],
    ["sleep 20"],
    [],
    ["sh", "-c"],
    ["sh", "-c", "kill -TERM 1; sleep 20"],
  ),
);

/** The `command` of a container. */
export const mainCommand = fc.constantFrom(
  ...[
    ["sleep", "infinity"],
    ["tail", "-f", "/var/log/web/access.log"],
    ["sh", "-c", "cd /srv && /app --port 8080"],
    ["sh", "-c", "/app | tee /var/log/web.log"],
    ["sh", "-c", "while true; do /sync --all --from https://registry.example.com/shop; sleep 60; done"],
    ["sh", "-c", "exec /app"],
    ["/app"],
  ],
);

export const execHook = command.map((argv) => ({ exec: { command: argv } }));
export const sleepHook = hookSeconds.map((seconds) => ({ sleep: { seconds } }));

const handler = fc.oneof(
  { weight: 5, arbitrary: execHook },
  { weight: 2, arbitrary: sleepHook },
  {
    weight: 1,
    arbitrary: fc.constantFrom<object>(
      { httpGet: { path: "/drain", port: 8080 } },
      { tcpSocket: { port: 80 } },
      {},
      { sleep: {} },
      { exec: {} },
    ),
  },
);

/** A lifecycle in every shape. As in practice, four of five containers have no preStop hook. */
const lifecycle = fc.oneof(
  { weight: 8, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      null,
      {},
      { preStop: null },
      { postStart: { exec: { command: ["true"] } } },
      { stopSignal: "SIGINT" },
    ),
  },
  { weight: 2, arbitrary: handler.map((preStop) => ({ preStop })) },
  { weight: 1, arbitrary: handler.map((preStop) => ({ preStop, postStart: null })) },
);

const env = fc.option(
  fc.array(
    fc.oneof(
      fc.record({ name, value: fc.string() }),
      fc.record({ name, valueFrom: fc.constant({ fieldRef: { fieldPath: "metadata.name" } }) }),
    ),
    { maxLength: 3 },
  ),
  { nil: undefined },
);

const container = fc.record({ name, image: fc.constant("web:1"), lifecycle, env });

const sidecar = fc.record({
  name,
  image: fc.constant("proxy:1"),
  restartPolicy: fc.constantFrom(undefined, "Always", "OnFailure"),
  lifecycle,
});

export const grace = fc.oneof(
  { weight: 10, arbitrary: fc.constant(30) },
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 120 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(0, 1, 600, null, undefined, 2 ** 31, 2 ** 53, 2 ** 63),
  },
);

const annotations = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<unknown>(
      undefined,
      null,
      {},
      { "a/b~c": "1", "prometheus.io/scrape": "true" },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 90 })
      .map((seconds) => ({ "gracekeeper.dev/shutdown-seconds": `${seconds}` })),
  },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 0, max: 4000 })
      .map((seconds) => ({ "gracekeeper.dev/prestop-sleep-seconds": `${seconds}` })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(name, fc.integer({ min: 0, max: 60 }))
      .map(([key, seconds]) => ({ "gracekeeper.dev/hook-seconds": `${key}=${seconds}` })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      { "gracekeeper.dev/shutdown-seconds": "10s" },
      { "gracekeeper.dev/injected": "{}" },
      { "kubernetes.io/config.mirror": "x" },
      {
        "gracekeeper.dev/injected":
          '{"sleepSeconds":10,"containers":["web"],"graceBefore":20,"graceAfter":30}',
      },
    ),
  },
);

const labels = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom<unknown>(undefined, null, { app: "web" }) },
  { weight: 1, arbitrary: fc.constant({ "gracekeeper.dev/inject": "disabled" }) },
);

const owner = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constant([
      { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-7d9f", controller: true },
    ] as unknown),
  },
  { weight: 4, arbitrary: fc.constantFrom<unknown>(undefined, null, []) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      [{ apiVersion: "batch/v1", kind: "Job", name: "j", controller: true }],
      [{ apiVersion: "apps/v1", kind: "DaemonSet", name: "d", controller: true }],
      [{ apiVersion: "ray.io/v1", kind: "RayCluster", name: "r", controller: true }],
      [{ apiVersion: "example.com/v1", kind: "Farm", name: "f", controller: true }],
    ),
  },
);

const restartPolicy = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(undefined, "Always") },
  { weight: 1, arbitrary: fc.constantFrom("Never", "OnFailure") },
);

const uniqueNames = { selector: (one: { name: string }) => one.name, minLength: 1, maxLength: 4 };

export const pod: fc.Arbitrary<JsonObject> = fc
  .record({
    metadata: fc.record({ generateName: fc.constant("web-"), annotations, labels, ownerReferences: owner }),
    spec: fc.record({
      terminationGracePeriodSeconds: grace,
      restartPolicy,
      containers: fc.uniqueArray(container, uniqueNames),
      initContainers: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom<unknown>(undefined, null, []) },
        { weight: 1, arbitrary: fc.uniqueArray(sidecar, { ...uniqueNames, maxLength: 2 }) },
      ),
    }),
  })
  .map((object) => JSON.parse(JSON.stringify({ apiVersion: "v1", kind: "Pod", ...object })));

/** Other fields of a container: some affect termination, and some do not exist in Kubernetes yet. */
const containerExtras = fc.record(
  {
    image: fc.constantFrom(
      "web:1",
      "registry.example.com/mesh/proxy:1.2",
      "registry.example.com/team/app@sha256:0",
    ),
    ports: fc.constantFrom<unknown>(null, [], [{ containerPort: 8080 }]),
    readinessProbe: fc.constantFrom<unknown>(null, { httpGet: { port: 8080 } }),
    livenessProbe: fc
      .constantFrom(1, 15, 30, 90, null)
      .map((terminationGracePeriodSeconds) => ({ terminationGracePeriodSeconds })),
    startupProbe: fc.constantFrom<unknown>(null, { terminationGracePeriodSeconds: 20 }),
    restartPolicyRules: fc.constant([{ action: "Restart" }]),
    "a/b~c": fc.constant({ "~1": "/" }),
  },
  { requiredKeys: [] },
);

const podExtras = fc.record(
  {
    os: fc.constantFrom({ name: "windows" }, { name: "linux" }),
    hostNetwork: fc.constant(true),
    securityContext: fc.constant({ windowsOptions: { hostProcess: true } }),
    ephemeralContainers: fc.constantFrom<unknown>(null, [], [{ name: "debug", targetContainerName: "web" }]),
    fieldOfTomorrow: fc.constant({ "x/y~z": [null, { deep: [] }] }),
  },
  { requiredKeys: [] },
);

const more = fc.record({
  container: fc.option(containerExtras, { nil: {}, freq: 2 }),
  pod: fc.option(podExtras, { nil: {}, freq: 2 }),
  shutdown: fc.option(fc.integer({ min: 0, max: 90 }), { freq: 4 }),
  managedFields: fc.option(fc.constantFrom(managed("Apply"), managed("Update")), { nil: undefined, freq: 2 }),
});

/** managedFields which say that `operation` has set the grace period of the pod. */
function managed(operation: string): readonly JsonObject[] {
  return [{ operation, fieldsV1: { "f:spec": { "f:terminationGracePeriodSeconds": {} } } }];
}

/** A pod as an API server could send it, even a future version. */
export const richPod: fc.Arbitrary<JsonObject> = fc.tuple(pod, more).map(([object, extra]) => {
  const spec = object["spec"] as { containers: JsonObject[] };
  const [first, ...others] = spec.containers;
  const { managedFields } = extra;
  const metadata = {
    ...(object["metadata"] as { annotations?: JsonObject | null }),
    ...(managedFields && { managedFields }),
  };
  const annotations =
    extra.shutdown === null
      ? metadata.annotations
      : { ...metadata.annotations, "gracekeeper.dev/shutdown-seconds": `${extra.shutdown}` };
  return {
    ...object,
    metadata: { ...metadata, ...(annotations !== undefined && { annotations }) },
    spec: { ...spec, ...extra.pod, containers: [{ ...first, ...extra.container }, ...others] },
  };
});
