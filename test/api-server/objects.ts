/** Objects the checks send. Plain JSON, as a person would write it. */

// biome-ignore lint/suspicious/noExplicitAny: a Kubernetes object of any kind
export type KubernetesObject = Record<string, any>;

export interface Namespaces {
  readonly [name: string]: Readonly<Record<string, string>>;
}

const VALIDATE = "gracekeeper.dev/validate";
const INJECT = "gracekeeper.dev/inject";

/** Each namespace of the checks with its labels. */
export const NAMESPACES: Namespaces = {
  enforced: { [VALIDATE]: "enforce" },
  warned: { [VALIDATE]: "warn" },
  audited: { [VALIDATE]: "audit" },
  misspelt: { [VALIDATE]: "enfroce" },
  "switched-off": { [VALIDATE]: "off", [INJECT]: "disabled" },
  unlabelled: {},
  injected: { [INJECT]: "enabled" },
  both: { [VALIDATE]: "enforce", [INJECT]: "enabled" },
};

/** Labelled on purpose: the exclusion by name must win. */
export const EXCLUDED = ["kube-system", "kube-public", "kube-node-lease", "gracekeeper"] as const;

/** The hook takes 45 s, the grace is 30 s: `hook-over-grace`. */
export const VIOLATING_SPEC: KubernetesObject = {
  terminationGracePeriodSeconds: 30,
  containers: [
    {
      name: "web",
      image: "nginx:1.29",
      lifecycle: { preStop: { exec: { command: ["sleep", "45"] } } },
    },
  ],
};

/** The hook takes 5 s of 30 s. */
export const FITTING_SPEC: KubernetesObject = {
  terminationGracePeriodSeconds: 30,
  containers: [
    {
      name: "web",
      image: "nginx:1.29",
      lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
    },
  ],
};

export const HOOKLESS_SPEC: KubernetesObject = { containers: [{ name: "web", image: "nginx:1.29" }] };

export function pod(name: string, spec: KubernetesObject, metadata: KubernetesObject = {}): KubernetesObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, ...metadata }, spec };
}

/** `metadata` that says a controller of this kind made the pod. */
export function madeBy(apiVersion: string, kind: string, name: string): KubernetesObject {
  return { ownerReferences: [{ apiVersion, kind, name, uid: "0-1", controller: true }] };
}

export interface Kind {
  readonly kind: string;
  /** Collection path in a namespace. */
  readonly path: (namespace: string) => string;
  /** Where the pod spec lies, as messages print it. */
  readonly specPath: string;
  readonly make: (name: string, spec: KubernetesObject) => KubernetesObject;
  /** A merge patch that changes something of the object, but not its template. */
  readonly change: KubernetesObject;
  /** A merge patch that puts an annotation into its template; undefined where the template cannot change. */
  readonly changeTemplate: KubernetesObject | undefined;
}

const LABELS = { app: "web" };
const MARK = { metadata: { annotations: { marked: "yes" } } };

function workload(kind: string, plural: string, group: string, more: KubernetesObject = {}): Kind {
  return {
    kind,
    path: (namespace) => `/apis/${group}/v1/namespaces/${namespace}/${plural}`,
    specPath: "spec.template.spec",
    make: (name, spec) => ({
      apiVersion: `${group}/v1`,
      kind,
      metadata: { name },
      spec: { selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec }, ...more },
    }),
    change: kind === "DaemonSet" ? { spec: { minReadySeconds: 7 } } : { spec: { replicas: 3 } },
    changeTemplate: { spec: { template: MARK } },
  };
}

const onFailure = (spec: KubernetesObject) => ({ restartPolicy: "OnFailure", ...spec });

/** Every kind that holds pods. */
export const KINDS: readonly Kind[] = [
  {
    kind: "Pod",
    path: (namespace) => `/api/v1/namespaces/${namespace}/pods`,
    specPath: "spec",
    make: (name, spec) => pod(name, spec),
    change: { metadata: { labels: { changed: "yes" } } },
    changeTemplate: undefined,
  },
  workload("Deployment", "deployments", "apps"),
  workload("StatefulSet", "statefulsets", "apps", { serviceName: "web" }),
  workload("DaemonSet", "daemonsets", "apps"),
  workload("ReplicaSet", "replicasets", "apps"),
  {
    kind: "ReplicationController",
    path: (namespace) => `/api/v1/namespaces/${namespace}/replicationcontrollers`,
    specPath: "spec.template.spec",
    make: (name, spec) => ({
      apiVersion: "v1",
      kind: "ReplicationController",
      metadata: { name },
      spec: { selector: LABELS, template: { metadata: { labels: LABELS }, spec } },
    }),
    change: { spec: { replicas: 3 } },
    changeTemplate: { spec: { template: MARK } },
  },
  {
    kind: "Job",
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/jobs`,
    specPath: "spec.template.spec",
    make: (name, spec) => ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name },
      spec: { template: { spec: onFailure(spec) } },
    }),
    change: { spec: { suspend: true } },
    changeTemplate: undefined,
  },
  {
    kind: "CronJob",
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    specPath: "spec.jobTemplate.spec.template.spec",
    make: (name, spec) => ({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name },
      spec: { schedule: "0 3 * * *", jobTemplate: { spec: { template: { spec: onFailure(spec) } } } },
    }),
    change: { spec: { suspend: true } },
    changeTemplate: { spec: { jobTemplate: { spec: { template: MARK } } } },
  },
  {
    kind: "PodTemplate",
    path: (namespace) => `/api/v1/namespaces/${namespace}/podtemplates`,
    specPath: "template.spec",
    make: (name, spec) => ({
      apiVersion: "v1",
      kind: "PodTemplate",
      metadata: { name },
      template: { metadata: { labels: LABELS }, spec },
    }),
    change: { metadata: { labels: { changed: "yes" } } },
    changeTemplate: { template: MARK },
  },
];
