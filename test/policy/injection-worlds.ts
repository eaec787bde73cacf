import fc from "fast-check";
import type { JsonObject } from "../../src/json.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/parse.ts";
import type { Action } from "../../src/policy/model/action.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { type Namespace, namespaceOf } from "../../src/policy/model/namespace.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { pod } from "../pods.ts";
import { CONTEXT } from "../reviews.ts";

/** What injection must cope with beside the shapes of `pods.ts`: configurations, namespaces, and fields it knows nothing of. */

/** A container's fields that no version knows yet, or that concern stopping in another way. */
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
});

/** A pod as an API server could send it, from versions to come too. */
export const richPod: fc.Arbitrary<JsonObject> = fc.tuple(pod, more).map(([object, extra]) => {
  const spec = object["spec"] as { containers: JsonObject[] };
  const [first, ...others] = spec.containers;
  const metadata = object["metadata"] as { annotations?: JsonObject | null };
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

const action = fc.constantFrom<Action>("Deny", "Warn", "Audit", "Off");

/** Actions as the owner of a cluster may set them, most of them as they are. */
const actions = fc.oneof(
  { weight: 2, arbitrary: fc.constant(new Map<string, Action>()) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.tuple(fc.constantFrom(...RULE_INFO.map(({ id }) => id)), action), { maxLength: 4 })
      .map((entries) => new Map(entries)),
  },
);

const configuration: fc.Arbitrary<Configuration> = fc
  .record({
    strategy: fc.constantFrom("Extend" as const, "Fit" as const),
    sleepAction: fc.constantFrom("Auto" as const, "Auto" as const, "Native" as const, "Exec" as const),
    kubernetesMinor: fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 33, max: 37 }) },
      { weight: 1, arbitrary: fc.integer({ min: 28, max: 32 }) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
    maxGraceSeconds: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 150 }) },
    ),
    shutdownSeconds: fc.constantFrom(10, 0, 25),
    prestopSleepSeconds: fc.constantFrom(10, 1, 5, 60, 3600),
    containers: fc.constantFrom(
      DEFAULT_CONFIGURATION.containers,
      { notJudged: [] },
      { notJudged: [{ image: "registry.example.com/mesh/*" }, { name: "log", image: "*" }] },
    ),
    inject: fc.record({
      skipOwners: fc.constantFrom<readonly string[]>(["DaemonSet"], [], ["ReplicaSet"], ["DaemonSet"]),
      containers: fc.constantFrom("All" as const, "All" as const, "WithPorts" as const),
    }),
    actions,
  })
  .map((fields) => ({ ...DEFAULT_CONFIGURATION, ...fields }));

const seconds = fc.option(fc.integer({ min: 1, max: 120 }).map(String), { nil: undefined });

const namespace: fc.Arbitrary<Namespace | undefined> = fc.option(
  fc
    .record({
      sleep: seconds,
      shutdown: seconds,
      limit: seconds,
      bad: fc.constantFrom(undefined, undefined, "10s"),
    })
    .map(({ sleep, shutdown, limit, bad }) =>
      namespaceOf(
        "shop",
        { "gracekeeper.dev/inject": "enabled", "gracekeeper.dev/validate": "enforce" },
        {
          "gracekeeper.dev/prestop-sleep-seconds": bad ?? sleep,
          "gracekeeper.dev/shutdown-seconds": shutdown,
          "gracekeeper.dev/max-grace-seconds": limit,
        },
      ),
    ),
  { nil: undefined, freq: 1 },
);

/** What a pod is decided by: half the time the default configuration on the newest Kubernetes, with no namespace known. */
export const world: fc.Arbitrary<Context> = fc.oneof(
  fc.constant(CONTEXT),
  fc.record({ configuration, namespace }).map((fields) => ({ ...CONTEXT, ...fields })),
);
