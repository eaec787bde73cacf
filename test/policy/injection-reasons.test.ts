import t from "tap";
import { mutate } from "../../src/admission/mutate.ts";
import { readReview } from "../../src/admission/review.ts";
import type { JsonObject } from "../../src/json.ts";
import { DEFAULT_CONFIGURATION } from "../../src/policy/configuration/defaults.ts";
import { SKIP_REASONS, type SkipReason } from "../../src/policy/injection/skip.ts";
import type { Configuration } from "../../src/policy/model/configuration.ts";
import type { Context } from "../../src/policy/model/context.ts";
import { CONTEXT, patchIn, podOf, reviewOf } from "../reviews.ts";
import { patched, refusals } from "./injection-rules.ts";

/** Tests why a pod gets no sleep. Each reason is in the audit annotation, in the log line and in the metric's label. */

const HOOKLESS = { containers: [{ name: "web" }] };
const HOOK = { preStop: { exec: { command: ["/drain.sh"] } } };

const { inject: INJECT } = DEFAULT_CONFIGURATION;

function owned(apiVersion: string, kind: string): JsonObject {
  return { ownerReferences: [{ apiVersion, kind, name: "web", controller: true }] };
}

/** The metadata that `kubectl apply` gives to a pod with this spec. */
function applied(spec: JsonObject): JsonObject {
  const text = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec });
  return { annotations: { "kubectl.kubernetes.io/last-applied-configuration": `${text}\n` } };
}

function annotated(key: string, value: string): JsonObject {
  return { annotations: { [`gracekeeper.dev/${key}`]: value } };
}

const SKIP: Partial<Configuration> = {
  inject: { ...DEFAULT_CONFIGURATION.inject, besideProxies: "Skip" },
};

interface Case {
  readonly reason: SkipReason;
  readonly pod: JsonObject;
  readonly configuration?: Partial<Configuration>;
  readonly request?: JsonObject;
}

const CASES: readonly Case[] = [
  {
    reason: "mirror-pod",
    pod: podOf(HOOKLESS, { annotations: { "kubernetes.io/config.mirror": "1" } }),
    request: { userInfo: { username: "system:node:a", groups: ["system:nodes"] } },
  },
  { reason: "opted-out", pod: podOf(HOOKLESS, { labels: { "gracekeeper.dev/inject": "disabled" } }) },
  { reason: "owner", pod: podOf(HOOKLESS, owned("batch/v1", "Job")) },
  { reason: "owner", pod: podOf(HOOKLESS, owned("apps/v1", "DaemonSet")) },
  { reason: "runs-to-completion", pod: podOf({ ...HOOKLESS, restartPolicy: "Never" }) },
  { reason: "runs-to-completion", pod: podOf({ ...HOOKLESS, restartPolicy: "OnFailure" }) },
  { reason: "grace-too-short", pod: podOf({ ...HOOKLESS, terminationGracePeriodSeconds: 0 }) },
  { reason: "grace-too-short", pod: podOf({ ...HOOKLESS, terminationGracePeriodSeconds: 1 }) },
  { reason: "grace-too-short", pod: podOf({ ...HOOKLESS, terminationGracePeriodSeconds: -3 }) },
  {
    reason: "beside-proxy",
    pod: podOf({ containers: [{ name: "web" }, { name: "istio-proxy" }] }),
    configuration: SKIP,
  },
  {
    reason: "beside-proxy",
    pod: podOf(HOOKLESS, { labels: { "sidecar.istio.io/inject": "true" } }),
    configuration: SKIP,
  },
  { reason: "has-hook", pod: podOf({ containers: [{ name: "web", lifecycle: HOOK }] }) },
  {
    reason: "no-ports",
    pod: podOf(HOOKLESS),
    configuration: { inject: { ...INJECT, containers: "WithPorts" } },
  },
  { reason: "not-ours", pod: podOf({ containers: [{ name: "istio-proxy" }] }) },
  {
    reason: "owner-may-compare",
    pod: podOf(HOOKLESS, owned("kafka.banzaicloud.io/v1beta1", "KafkaCluster")),
  },
  { reason: "bad-annotation", pod: podOf(HOOKLESS, annotated("shutdown-seconds", "10s")) },
  { reason: "bad-annotation", pod: podOf(HOOKLESS, annotated("prestop-sleep-seconds", "0")) },
  { reason: "sleep-action", pod: podOf(HOOKLESS), configuration: { kubernetesMinor: 29 } },
  { reason: "unsafe-number", pod: podOf({ ...HOOKLESS, terminationGracePeriodSeconds: 2 ** 53 }) },
  {
    reason: "unsafe-number",
    pod: podOf({ ...HOOKLESS, terminationGracePeriodSeconds: Number.MAX_SAFE_INTEGER - 5 }),
  },
  {
    reason: "applied-grace",
    pod: podOf(
      { ...HOOKLESS, terminationGracePeriodSeconds: 19 },
      applied({ ...HOOKLESS, terminationGracePeriodSeconds: 19 }),
    ),
  },
  { reason: "over-limit", pod: podOf(HOOKLESS), configuration: { maxGraceSeconds: 39 } },
  {
    reason: "already-added",
    pod: podOf(
      {
        terminationGracePeriodSeconds: 40,
        containers: [{ name: "web", lifecycle: { preStop: { sleep: { seconds: 10 } } } }],
      },
      annotated("injected", '{"sleepSeconds":10,"containers":["web"],"graceBefore":30,"graceAfter":40}'),
    ),
  },
  { reason: "annotations-full", pod: podOf(HOOKLESS, { annotations: { a: "x".repeat(256 * 1024 - 20) } }) },
  {
    reason: "would-be-denied",
    pod: podOf(
      { containers: [{ name: "web", livenessProbe: { terminationGracePeriodSeconds: 15 } }] },
      annotated("shutdown-seconds", "10"),
    ),
    configuration: { actions: new Map([["probe-grace-short", "Deny"]]) },
  },
];

t.test("every reason is in the audit annotation, the log line and the metric", async (t) => {
  for (const { reason, pod, configuration = {}, request } of CASES) {
    const context: Context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, ...configuration } };
    const { response, record } = mutate(readReview(reviewOf(pod, request)), context);
    t.equal(response.response.patch, undefined, reason);
    t.equal(record.skipped, reason);
    t.match(record.reason, new RegExp(`^${reason}: .{10,}`));
    t.equal(response.response.auditAnnotations?.["skipped"], record.reason);
    t.equal(response.response.warnings, undefined, "and nobody is warned");
  }
  t.same(new Set(CASES.map(({ reason }) => reason)), new Set(SKIP_REASONS));
});

t.test("a pod that will be denied also gets its sleep", async (t) => {
  const probe = { terminationGracePeriodSeconds: 15 };
  const denied = podOf(
    { containers: [{ name: "web", livenessProbe: probe }] },
    { annotations: { "gracekeeper.dev/shutdown-seconds": "10", "gracekeeper.dev/hook-seconds": "20" } },
  );
  const actions = new Map([["probe-grace-short", "Deny"]] as const);
  const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, actions } };
  t.equal(mutate(readReview(reviewOf(denied)), context).record.action, "patched");
});

t.test("a pod with the shortest possible grace period gets a sleep", async (t) => {
  const shortest = podOf({ ...HOOKLESS, terminationGracePeriodSeconds: 2 });
  t.equal(patchIn(mutate(readReview(reviewOf(shortest)), CONTEXT))[1]?.value, 12);
});

t.test("injection needs a limit that leaves the app its previous time", async (t) => {
  const short = podOf({ ...HOOKLESS, terminationGracePeriodSeconds: 5 });
  const under = (maxGraceSeconds: number) =>
    mutate(readReview(reviewOf(short)), {
      ...CONTEXT,
      configuration: { ...CONTEXT.configuration, strategy: "Fit", maxGraceSeconds },
    });
  t.equal(under(14).record.skipped, "over-limit");
  t.same(patchIn(under(15))[1]?.value, 15);
});

t.test("the record is added if the annotations just stay below the API server's limit", async (t) => {
  const record = '{"sleepSeconds":10,"containers":["web"],"graceBefore":30,"graceAfter":40}';
  const room = 256 * 1024 - "gracekeeper.dev/injected".length - record.length - "a".length;
  const add = (bytes: number) =>
    mutate(readReview(reviewOf(podOf(HOOKLESS, { annotations: { a: "x".repeat(bytes) } }))), CONTEXT).record;
  t.equal(add(room).action, "patched");
  t.equal(add(room + 1).skipped, "annotations-full");
  t.equal(add(room / 2 + 1).action, "patched");
  const wide = podOf(HOOKLESS, { annotations: { a: "\u00e9".repeat(room / 2 + 1) } });
  t.equal(
    mutate(readReview(reviewOf(wide)), CONTEXT).record.skipped,
    "annotations-full",
    "bytes, not characters",
  );
});

t.test("the injected hook depends on version and configuration", async (t) => {
  const native = { sleep: { seconds: 10 } };
  const exec = { exec: { command: ["sleep", "10"] } };
  const first = { Auto: 33, Native: 30, Off: Number.POSITIVE_INFINITY } as const;
  for (const kubernetesMinor of [undefined, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 40])
    for (const sleepAction of ["Auto", "Native", "Exec", "Off"] as const) {
      const configuration = { ...DEFAULT_CONFIGURATION, kubernetesMinor, sleepAction };
      const decided = mutate(readReview(reviewOf(podOf(HOOKLESS))), { ...CONTEXT, configuration });
      const name = `1.${kubernetesMinor} ${sleepAction}`;
      const wanted =
        sleepAction === "Exec" ? exec : (kubernetesMinor ?? 0) >= first[sleepAction] ? native : undefined;
      const [hook] = patchIn(decided);
      t.same(hook?.value, wanted && { preStop: wanted }, name);
      if (wanted === undefined) t.equal(decided.record.skipped, "sleep-action", name);
      else t.same(refusals(patched(podOf(HOOKLESS), patchIn(decided)), kubernetesMinor), [], name);
    }
});

t.test("the version is not the reason if nothing would be added anyway", async (t) => {
  const context = { ...CONTEXT, configuration: { ...CONTEXT.configuration, kubernetesMinor: 29 } };
  for (const { reason, pod, configuration } of CASES.filter(({ reason }) =>
    ["has-hook", "not-ours"].includes(reason),
  )) {
    const here = { ...context, configuration: { ...context.configuration, ...configuration } };
    t.equal(mutate(readReview(reviewOf(pod)), here).record.skipped, reason);
  }
});

t.test("injection changes a pod only at its creation", async (t) => {
  const requests: readonly JsonObject[] = [
    { operation: "UPDATE" },
    { operation: "DELETE" },
    { operation: "CONNECT" },
    { subResource: "ephemeralcontainers" },
    { subResource: "eviction" },
    { kind: { group: "apps", version: "v1", kind: "Deployment" } },
    { kind: { group: "", version: "v1", kind: "Namespace" } },
  ];
  for (const request of requests) {
    const { response, record } = mutate(readReview(reviewOf(podOf(HOOKLESS), request)), CONTEXT);
    t.equal(response.response.patch, undefined, JSON.stringify(request));
    t.same([record.action, record.skipped], ["untouched", undefined]);
  }
});
