import fc from "fast-check";
import { applyPatch } from "rfc6902";
import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { CUSTOM_WORKLOADS, WORKLOADS } from "../../src/admission/pods/workloads.ts";
import { readReview } from "../../src/admission/review.ts";
import { validate } from "../../src/admission/validate.ts";
import type { JsonObject } from "../../src/json.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { type Namespace, namespaceOf } from "../../src/policy/model/namespace.ts";
import type { TemplatePath } from "../../src/policy/model/workload.ts";
import { RULE_INFO } from "../../src/policy/rules/registry.ts";
import { pod as anyPod } from "../arbitraries/pods.ts";
import { cases } from "../cases.ts";
import { CONTEXT, patchIn, reviewOf } from "../reviews.ts";
import "../patience.ts";

/** A pod template has the same findings as the pods that a controller makes of it. */

const INJECT = { "gracekeeper.dev/inject": "enabled" };

const namespace: fc.Arbitrary<Namespace> = fc
  .record({
    labels: fc.constantFrom<Record<string, string>>(
      {},
      INJECT,
      INJECT,
      { ...INJECT, "istio-injection": "enabled" },
      { "gracekeeper.dev/inject": "yes" },
    ),
    shutdown: fc.constantFrom(undefined, undefined, "5", "25", "80", "10s"),
    sleep: fc.constantFrom(undefined, undefined, "3", "40", "0"),
    limit: fc.constantFrom(undefined, undefined, "30", "45", "60", "600", "x"),
  })
  .map(({ labels, shutdown, sleep, limit }) =>
    namespaceOf("shop", labels, {
      "gracekeeper.dev/shutdown-seconds": shutdown,
      "gracekeeper.dev/prestop-sleep-seconds": sleep,
      "gracekeeper.dev/max-grace-seconds": limit,
    }),
  );

/**
 * bad-annotation and sleep-unsupported may differ between a template and its pods. For bad-annotation, another webhook
 * may still add the container that the annotation names. The API server itself refuses a pod with sleep-unsupported.
 */
const OTHER_IN_PODS = ["bad-annotation", "sleep-unsupported"];

const ids = RULE_INFO.map(({ id }) => id).filter((id) => !OTHER_IN_PODS.includes(id));

const action = fc.constantFrom("Deny", "Warn", "Audit", "Off") as fc.Arbitrary<"Deny">;

const configuration: fc.Arbitrary<Configuration> = fc
  .record({
    kubernetesMinor: fc.constantFrom(37, 37, 36, 36, undefined, 29, 30, 33),
    strategy: fc.constantFrom("Extend" as const, "Fit" as const),
    sleepAction: fc.constantFrom("Auto" as const, "Auto" as const, "Native" as const, "Exec" as const),
    maxGraceSeconds: fc.constantFrom(undefined, undefined, 35, 60, 300),
    templates: fc.constantFrom("Warn" as const, "Enforce" as const),
    skipOwners: fc.constantFrom(
      [],
      ["DaemonSet"],
      ["ReplicaSet"],
      ["Deployment"],
      ["StatefulSet", "CronJob"],
    ),
    otherOwners: fc.constantFrom("Known" as const, "Known" as const, "All" as const, "None" as const),
    containers: fc.constantFrom("All" as const, "All" as const, "WithPorts" as const),
    besideProxies: fc.constantFrom("Add" as const, "Skip" as const),
    actions: fc.option(fc.dictionary(fc.constantFrom(...ids), action), { nil: {}, freq: 2 }),
    shutdownSeconds: fc.constantFrom(10, 10, 2, 40),
  })
  .map(({ skipOwners, otherOwners, containers, besideProxies, actions, ...fields }) => ({
    ...CONTEXT.configuration,
    ...fields,
    inject: { ...CONTEXT.configuration.inject, skipOwners, containers, otherOwners, besideProxies },
    actions: new Map(Object.entries(actions)),
    workloads: [{ group: "example.com", kind: "Farm", templates: ["spec.template"] }],
  }));

/** The `ownerReferences` that Kubernetes' controllers write into their pods. */
const POD_OWNERS: Readonly<Record<string, string | undefined>> = {
  Deployment: "apps/v1 ReplicaSet",
  ReplicaSet: "apps/v1 ReplicaSet",
  StatefulSet: "apps/v1 StatefulSet",
  DaemonSet: "apps/v1 DaemonSet",
  ReplicationController: "v1 ReplicationController",
  Job: "batch/v1 Job",
  CronJob: "batch/v1 Job",
  CloneSet: "apps.kruise.io/v1beta1 CloneSet",
  BroadcastJob: "apps.kruise.io/v1beta1 BroadcastJob",
  AutoscalingRunnerSet: "actions.github.com/v1alpha1 EphemeralRunner",
};

/** Kruise has its own StatefulSet and DaemonSet. */
function podOwnerOf(group: string, kind: string): string | undefined {
  const owner = POD_OWNERS[kind];
  return group === "apps.kruise.io" ? owner?.replace(/^apps\/v1 /, "apps.kruise.io/v1beta1 ") : owner;
}

interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly path: TemplatePath;
  readonly podOwner: string | undefined;
}

const KINDS: readonly Kind[] = [
  ...[
    ...WORKLOADS.filter(({ kind }) => kind !== "Pod"),
    ...CUSTOM_WORKLOADS.filter(({ kind }) => POD_OWNERS[kind] !== undefined && kind !== "Job"),
  ].flatMap(({ group, kind, templates }) =>
    templates.map(({ path }) => ({ group, kind, path, podOwner: podOwnerOf(group, kind) })),
  ),
  { group: "example.com", kind: "Farm", path: ["spec", "template"], podOwner: undefined },
];

const grace = fc.option(fc.constantFrom(-1, -30, 0, 1, 2, 11), { nil: undefined, freq: 3 });

const silenced = fc.constantFrom<Record<string, string> | undefined>(undefined, undefined, undefined, {
  "gracekeeper.dev/ignore": "grace-zero,hook-over-grace",
});

const postStart = fc.constantFrom<JsonObject | undefined>(undefined, undefined, {
  exec: { command: ["sleep", "99"] },
});

/** A pod without an owner, sometimes with fields that only templates can have. */
const template: fc.Arbitrary<JsonObject> = fc
  .tuple(anyPod, grace, silenced, postStart)
  .map(([{ metadata, spec }, seconds, annotations, start]) => {
    const { ownerReferences: _, generateName: __, ...rest } = metadata as JsonObject;
    const containers = ((spec as JsonObject)["containers"] as JsonObject[]).map((one) => ({
      ...one,
      ports: start && [{ containerPort: 80 }],
      lifecycle:
        start === undefined ? one["lifecycle"] : { ...(one["lifecycle"] as object), postStart: start },
    }));
    return JSON.parse(
      JSON.stringify({
        metadata: { ...rest, ...(annotations && { annotations }) },
        spec: {
          ...(spec as object),
          containers,
          ...(seconds !== undefined && { terminationGracePeriodSeconds: seconds }),
        },
      }),
    );
  });

function workloadObject(group: string, kind: string, path: readonly string[], inner: JsonObject): JsonObject {
  const wrapped = [...path].reverse().reduce<JsonObject>((value, member) => ({ [member]: value }), inner);
  return { apiVersion: group === "" ? "v1" : `${group}/v1`, kind, metadata: { name: "web" }, ...wrapped };
}

/** The pod that a controller makes of the template, as the API server sends it. */
function podFrom({ metadata, spec }: JsonObject, owner: string | undefined): JsonObject {
  const seconds = (spec as JsonObject)["terminationGracePeriodSeconds"] as number | null | undefined;
  const made = {
    ...(spec as object),
    terminationGracePeriodSeconds: (seconds ?? 30) < 0 ? 1 : (seconds ?? 30),
  };
  const [apiVersion, kind] = owner?.split(" ") ?? [];
  const ownerReferences =
    owner === undefined ? undefined : [{ apiVersion, kind, name: "web-1", controller: true }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...(metadata as object), generateName: "web-", ...(ownerReferences && { ownerReferences }) },
    spec: made,
  };
}

function patched(object: JsonObject, context: Context): JsonObject {
  const copy = structuredClone(object);
  applyPatch(copy, patchIn(mutate(readReview(reviewOf(object)), context)) as never);
  return copy;
}

function isDenied(object: JsonObject, context: Context, injected: boolean): boolean {
  const made = injected ? patched(object, context) : object;
  return !validate(readReview(reviewOf(made)), "enforce", context).response.response.allowed;
}

function isAnnounced(object: JsonObject, context: Context): boolean {
  const { allowed, warnings = [] } = validate(readReview(reviewOf(object)), "enforce", context).response
    .response;
  return !allowed || warnings.some((text) => text.startsWith("pods will be rejected: "));
}

const KNOWN = cases(10_000);
const UNKNOWN = cases(4_000);

const inputs = [template, configuration, fc.constantFrom(...KINDS)] as const;

t.test("a template gets the warning of a rejection if and only if its pod is denied", async (t) => {
  const seen = { denied: 0, allowed: 0, injected: 0 };
  fc.assert(
    fc.property(...inputs, namespace, (inner, configuration, { group, kind, path, podOwner }, namespace) => {
      const context = { ...CONTEXT, configuration, namespace };
      const injected = namespace.labels.get("gracekeeper.dev/inject") === "enabled";
      const announced = isAnnounced(workloadObject(group, kind, path, inner), context);
      const pod = podFrom(inner, podOwner);
      const denied = isDenied(pod, context, injected);
      seen[denied ? "denied" : "allowed"] += 1;
      if (injected && patchIn(mutate(readReview(reviewOf(pod)), context)).length > 0) seen.injected += 1;
      // Pods of a Job never get a sleep, so their findings are known from the template.
      if (podOwner === undefined && injected)
        return !announced || (denied && isDenied(podFrom(inner, "batch/v1 Job"), context, injected));
      return announced === denied;
    }),
    { numRuns: KNOWN, seed: 31 },
  );
  t.ok(Math.min(seen.denied, seen.allowed) > KNOWN / 10 && seen.injected > KNOWN / 25, JSON.stringify(seen));
});

t.test(
  "in an unknown namespace the warning of a rejection must be true with and without injection",
  async (t) => {
    let announcements = 0;
    fc.assert(
      fc.property(...inputs, (inner, configuration, { group, kind, path, podOwner }) => {
        const context = { ...CONTEXT, configuration };
        if (!isAnnounced(workloadObject(group, kind, path, inner), context)) return true;
        announcements += 1;
        const pod = podFrom(inner, podOwner);
        return isDenied(pod, context, true) && isDenied(pod, context, false);
      }),
      { numRuns: UNKNOWN, seed: 32 },
    );
    t.ok(announcements > UNKNOWN / 8, `${announcements}`);
  },
);

t.test("hook-missing is reported for a template only if injection will not add the hook", async (t) => {
  const deployment = (metadata: JsonObject = {}): JsonObject =>
    workloadObject("apps", "Deployment", ["spec", "template"], {
      metadata,
      spec: { containers: [{ name: "web", ports: [{ containerPort: 80 }] }] },
    });
  const find = (object: JsonObject, more: Partial<Configuration> = {}, namespace?: Namespace) => {
    const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, ...more }, namespace };
    return validate(readReview(reviewOf(object)), "enforce", context).record.findings;
  };
  const missing = ["hook-missing"];
  const optedOut = deployment({ labels: { "gracekeeper.dev/inject": "disabled" } });
  t.same(find(deployment()), [], "nobody knows the namespace");
  t.same(find(deployment(), { maxGraceSeconds: 31 }), [], "a namespace may ask for a shorter sleep");
  t.same(find(deployment(), { sleepAction: "Off" }), missing, "nothing is added anywhere");
  t.same(find(optedOut), missing, "not to these pods");
  t.same(find(deployment(), {}, namespaceOf("shop", {}, {})), missing, "not in this namespace");
  const enabled = namespaceOf("shop", INJECT, {});
  t.same(find(deployment(), {}, enabled), [], "it will be added");
  t.same(find(deployment(), { maxGraceSeconds: 31 }, enabled), missing, "there is no room for it");
  t.same(find(optedOut, {}, enabled), missing);
});
