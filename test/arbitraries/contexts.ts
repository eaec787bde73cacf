import fc from "fast-check";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import type { Action } from "../../src/policy/model/action.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { type Namespace, namespaceOf } from "../../src/policy/model/namespace.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { CONTEXT } from "../reviews.ts";

/** The context of a decision: configurations and namespaces. */

/** Actions that the owner of a cluster may set for findings. */
export function actions(
  of: fc.Arbitrary<Action>,
  maxLength: number,
): fc.Arbitrary<ReadonlyMap<string, Action>> {
  return fc
    .array(fc.tuple(fc.constantFrom(...RULE_INFO.map(({ id }) => id)), of), { maxLength })
    .map((entries) => new Map(entries));
}

const anyAction = fc.constantFrom<Action>("Deny", "Warn", "Audit", "Off");

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
      { notJudged: [], proxies: [] },
      { notJudged: [{ image: "registry.example.com/mesh/*" }, { name: "log", image: "*" }], proxies: [] },
      { ...DEFAULT_CONFIGURATION.containers, proxies: [{ name: "log" }] },
    ),
    inject: fc.record({
      otherOwners: fc.constantFrom("Known" as const, "Known" as const, "All" as const, "None" as const),
      owners: fc.constantFrom([], [{ group: "example.com", kind: "Farm" }]),
      skipOwners: fc.constantFrom<readonly string[]>(["DaemonSet"], [], ["ReplicaSet"], ["DaemonSet"]),
      containers: fc.constantFrom("All" as const, "All" as const, "WithPorts" as const),
      besideProxies: fc.constantFrom("Add" as const, "Add" as const, "Skip" as const),
    }),
    actions: fc.oneof(
      { weight: 2, arbitrary: fc.constant(new Map()) },
      { weight: 1, arbitrary: actions(anyAction, 4) },
    ),
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
      mesh: fc.constantFrom({}, {}, { "istio-injection": "enabled" }),
    })
    .map(({ sleep, shutdown, limit, bad, mesh }) =>
      namespaceOf(
        "shop",
        { "gracekeeper.dev/inject": "enabled", "gracekeeper.dev/validate": "enforce", ...mesh },
        {
          "gracekeeper.dev/prestop-sleep-seconds": bad ?? sleep,
          "gracekeeper.dev/shutdown-seconds": shutdown,
          "gracekeeper.dev/max-grace-seconds": limit,
        },
      ),
    ),
  { nil: undefined, freq: 2 },
);

/**
 * The context of a decision. Half of the contexts have the default configuration, the newest Kubernetes and an unknown
 * namespace.
 */
export const world: fc.Arbitrary<Context> = fc.oneof(
  fc.constant(CONTEXT),
  fc.record({ configuration, namespace }).map((fields) => ({ ...CONTEXT, ...fields })),
);
