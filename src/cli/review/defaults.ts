import { isPod, workloadOf } from "../../admission/pods/workloads.ts";
import { asObject, type JsonObject } from "../../json.ts";
import { DEFAULT_CONFIGURATION } from "../../policy/configuration/defaults.ts";
import { DEFAULT_GRACE_SECONDS } from "../../termination/pod.ts";

/**
 * Adds the fields that the API server sets before it calls webhooks: the defaults of pods, and some defaults of
 * workloads. Fields of the manifest keep their values.
 *
 * Source: pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/defaults.go, plugin/pkg/admission (1.36).
 */
export function withDefaults(object: JsonObject, group: string): JsonObject {
  const kind = String(object["kind"]);
  const workload = workloadOf(group, kind, DEFAULT_CONFIGURATION);
  if (workload === undefined || workload.custom) return object;
  if (isPod(workload)) return admittedPod(inMember(object, ["spec"], podSpec));
  const [{ path } = { path: [] }] = workload.templates;
  const templated = inMember(object, [...path, "spec"], podSpec);
  const more = kind === "Deployment" ? inMember(templated, ["spec"], deploymentSpec) : templated;
  return "spec" in more ? { ...more, status: more["status"] ?? {} } : more;
}

/** Applies `change` to the mapping at this path. Returns the object unchanged if there is no mapping. */
function inMember(
  object: JsonObject,
  [step, ...more]: readonly string[],
  change: (value: JsonObject) => JsonObject,
): JsonObject {
  if (step === undefined) return change(object);
  const member = asObject(object[step]);
  return member === undefined ? object : { ...object, [step]: inMember(member, more, change) };
}

function admittedPod(pod: JsonObject): JsonObject {
  const spec = asObject(pod["spec"]);
  if (spec === undefined) return pod;
  const { containers } = spec;
  const isBestEffort = listOf(containers).every(({ resources }) => Object.keys(resources ?? {}).length === 0);
  const status = { phase: "Pending", ...(isBestEffort && { qosClass: "BestEffort" }) };
  return { ...pod, spec: { ...spec, ...addedByPlugins(spec) }, status: pod["status"] ?? status };
}

const NOT_READY_SECONDS = 300;

/**
 * The fields that the plugins ServiceAccount, Priority and DefaultTolerationSeconds add to a pod, but not to a
 * template.
 */
function addedByPlugins({ serviceAccountName = "default", tolerations, ...spec }: JsonObject): JsonObject {
  const given = listOf(tolerations);
  const added = ["not-ready", "unreachable"]
    .map((condition) => ({
      key: `node.kubernetes.io/${condition}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: NOT_READY_SECONDS,
    }))
    .filter(({ key }) => !given.some((one) => one["key"] === key));
  return {
    serviceAccountName,
    serviceAccount: serviceAccountName,
    tolerations: [...given, ...added],
    priority: spec["priority"] ?? 0,
    preemptionPolicy: spec["preemptionPolicy"] ?? "PreemptLowerPriority",
  };
}

function podSpec(spec: JsonObject): JsonObject {
  const lists = ["containers", "initContainers"].filter((list) => Array.isArray(spec[list]));
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: DEFAULT_GRACE_SECONDS,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    enableServiceLinks: true,
    ...spec,
    ...Object.fromEntries(lists.map((list) => [list, listOf(spec[list]).map(container)])),
  };
}

/** The mappings in a list. Other items are left out, because the API server would refuse them. */
function listOf(value: unknown): readonly JsonObject[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  return items.map(asObject).filter((item) => item !== undefined);
}

const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];

function container(given: JsonObject): JsonObject {
  const probes = PROBES.flatMap((name) => {
    const found = asObject(given[name]);
    return found === undefined ? [] : [[name, probe(found)] as const];
  });
  return {
    ...given,
    ...("ports" in given && {
      ports: listOf(given["ports"]).map((port) => ({ ...port, protocol: port["protocol"] ?? "TCP" })),
    }),
    resources: given["resources"] ?? {},
    ...Object.fromEntries(probes),
    terminationMessagePath: given["terminationMessagePath"] ?? "/dev/termination-log",
    terminationMessagePolicy: given["terminationMessagePolicy"] ?? "File",
    imagePullPolicy: given["imagePullPolicy"] ?? pullPolicy(given["image"]),
  };
}

/**
 * The default is Always for an image without a tag or with the tag latest: pkg/apis/core/v1/defaults.go
 * `SetDefaults_Container`.
 */
function pullPolicy(image: unknown): string {
  const name = typeof image === "string" ? image.split("/").at(-1) : "";
  return name?.includes(":") && !name.endsWith(":latest") ? "IfNotPresent" : "Always";
}

const PROBE_DEFAULTS = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

function probe(given: JsonObject): JsonObject {
  const httpGet = asObject(given["httpGet"]);
  return {
    ...(httpGet !== undefined && { httpGet: { ...httpGet, scheme: httpGet["scheme"] ?? "HTTP" } }),
    ...PROBE_DEFAULTS,
    ...Object.fromEntries(Object.entries(given).filter(([key]) => key !== "httpGet")),
  };
}

function deploymentSpec(spec: JsonObject): JsonObject {
  return {
    ...spec,
    strategy: spec["strategy"] ?? {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" },
    },
    revisionHistoryLimit: spec["revisionHistoryLimit"] ?? 10,
    progressDeadlineSeconds: spec["progressDeadlineSeconds"] ?? 600,
  };
}
