import { createHash } from "node:crypto";

/** A parsed manifest of an object that the API server would accept. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly spec: { readonly [key: string]: unknown };
}

/** In a mutating webhook, before API validation, an object does not have a uid or creation time yet. */
export type Stage = "mutate" | "validate";

const NAMESPACE = "shop";

/** A fixed time, so that the same manifest always gives the same review. */
const CREATED = "2026-11-02T09:00:00Z";

/** The kinds of examples/, with the paths of their pod specs. */
const KINDS: Readonly<Record<string, { readonly resource: string; readonly template: boolean }>> = {
  Pod: { resource: "pods", template: false },
  Deployment: { resource: "deployments", template: true },
};

export interface MadeReview {
  readonly request: { readonly uid: string; readonly object: object; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

/**
 * The AdmissionReview that a kube-apiserver 1.36 sends when a person creates the object with kubectl. It has the defaults that
 * the API server and its built-in admission plugins set before they call a webhook.
 *
 * Source: pkg/apis/core/v1/defaults.go, pkg/apis/apps/v1/defaults.go, plugin/pkg/admission (1.36).
 */
export function makeReview(manifest: Manifest, stage: Stage): MadeReview {
  const { apiVersion, kind, metadata } = manifest;
  const known = KINDS[kind];
  if (known === undefined) throw new Error(`no review is made of kind ${kind}`);
  const [version = "", group = ""] = apiVersion.split("/").reverse();
  const groupVersionKind = { group, version, kind };
  const resource = { group, version, resource: known.resource };
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid: uuid(`${stage} ${kind} ${metadata.name}`),
      kind: groupVersionKind,
      resource,
      requestKind: groupVersionKind,
      requestResource: resource,
      name: metadata.name,
      namespace: NAMESPACE,
      operation: "CREATE",
      userInfo: { username: "jane", groups: ["developers", "system:authenticated"] },
      object: {
        apiVersion,
        kind,
        metadata: {
          ...metadata,
          namespace: NAMESPACE,
          ...(stage === "validate" && { uid: uuid(`${kind} ${metadata.name}`), creationTimestamp: CREATED }),
        },
        spec: known.template ? deploymentSpec(manifest.spec) : { ...podSpec(manifest.spec), ...ADMITTED_POD },
        status: known.template ? {} : { phase: "Pending", qosClass: "BestEffort" },
      },
      oldObject: null,
      dryRun: false,
      options: {
        apiVersion: "meta.k8s.io/v1",
        kind: "CreateOptions",
        fieldManager: "kubectl-create",
        fieldValidation: "Strict",
      },
    },
  };
}

/** What the ServiceAccount, Priority and DefaultTolerationSeconds plugins add to a pod, but not to a template. */
const ADMITTED_POD = {
  serviceAccountName: "default",
  serviceAccount: "default",
  tolerations: ["not-ready", "unreachable"].map((condition) => ({
    key: `node.kubernetes.io/${condition}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 300,
  })),
  priority: 0,
  preemptionPolicy: "PreemptLowerPriority",
};

interface JsonObject {
  readonly [key: string]: unknown;
}

function podSpec(spec: JsonObject): JsonObject {
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    enableServiceLinks: true,
    ...spec,
    containers: (spec["containers"] as readonly JsonObject[]).map(container),
  };
}

function container(given: JsonObject): JsonObject {
  const ports = (given["ports"] ?? []) as readonly JsonObject[];
  const probe = given["readinessProbe"] as JsonObject | undefined;
  return {
    ...given,
    ...(ports.length > 0 && { ports: ports.map((port) => ({ ...port, protocol: "TCP" })) }),
    resources: {},
    ...(probe !== undefined && { readinessProbe: readinessProbe(probe) }),
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    imagePullPolicy: "IfNotPresent",
  };
}

function readinessProbe(probe: JsonObject): JsonObject {
  const httpGet = { ...(probe["httpGet"] as JsonObject), scheme: "HTTP" };
  return { httpGet, timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
}

function deploymentSpec(spec: JsonObject): JsonObject {
  const template = spec["template"] as { readonly metadata: JsonObject; readonly spec: JsonObject };
  return {
    ...spec,
    template: { metadata: template.metadata, spec: podSpec(template.spec) },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  };
}

/** A uid in the form that the API server uses. The same text always gives the same uid. */
function uuid(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
