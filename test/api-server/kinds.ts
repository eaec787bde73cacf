import { type KubernetesObject, madeBy, pod } from "./objects.ts";

/** A kind with pods. */
export interface Kind {
  readonly kind: string;
  /** Collection path in a namespace. */
  readonly path: (namespace: string) => string;
  /** The path of the pod spec in messages. */
  readonly specPath: string;
  /** `metadata` is the metadata of the Pod, or of the template in a workload. */
  readonly make: (name: string, spec: KubernetesObject, metadata?: KubernetesObject) => KubernetesObject;
  /** A merge patch that changes the object, but not its template. */
  readonly change: KubernetesObject;
  /** Turns a merge patch of the template into a merge patch of the object. Undefined if the template is immutable. */
  readonly changeTemplate: ((template: KubernetesObject) => KubernetesObject) | undefined;
  /**
   * The kind is a custom resource. The API server does not validate its objects, and calls the webhook for every change
   * of a spec.
   */
  readonly custom?: true;
}

const LABELS = { app: "web" };

const templateOf = (spec: KubernetesObject, metadata: KubernetesObject) => ({
  metadata: { labels: LABELS, ...metadata },
  spec,
});

const onFailure = (spec: KubernetesObject) => ({ restartPolicy: "OnFailure", ...spec });

/** A kind with `selector` and `template` in its spec. */
function workload(kind: string, plural: string, version: string, more: KubernetesObject = {}): Kind {
  return {
    kind,
    path: (namespace) => `/apis/${version}/namespaces/${namespace}/${plural}`,
    specPath: "spec.template.spec",
    make: (name, spec, metadata = {}) => ({
      apiVersion: version,
      kind,
      metadata: { name },
      spec: { selector: { matchLabels: LABELS }, template: templateOf(spec, metadata), ...more },
    }),
    change: kind === "DaemonSet" ? { spec: { minReadySeconds: 7 } } : { spec: { replicas: 3 } },
    changeTemplate: (template) => ({ spec: { template } }),
  };
}

/** Every built-in kind with pods. */
export const KINDS: readonly Kind[] = [
  {
    kind: "Pod",
    path: (namespace) => `/api/v1/namespaces/${namespace}/pods`,
    specPath: "spec",
    make: (name, spec, metadata) => pod(name, spec, metadata),
    change: { metadata: { labels: { changed: "yes" } } },
    changeTemplate: undefined,
  },
  workload("Deployment", "deployments", "apps/v1"),
  workload("StatefulSet", "statefulsets", "apps/v1", { serviceName: "web" }),
  workload("DaemonSet", "daemonsets", "apps/v1"),
  workload("ReplicaSet", "replicasets", "apps/v1"),
  {
    kind: "ReplicationController",
    path: (namespace) => `/api/v1/namespaces/${namespace}/replicationcontrollers`,
    specPath: "spec.template.spec",
    make: (name, spec, metadata = {}) => ({
      apiVersion: "v1",
      kind: "ReplicationController",
      metadata: { name },
      spec: { selector: LABELS, template: templateOf(spec, metadata) },
    }),
    change: { spec: { replicas: 3 } },
    changeTemplate: (template) => ({ spec: { template } }),
  },
  {
    kind: "Job",
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/jobs`,
    specPath: "spec.template.spec",
    make: (name, spec, metadata = {}) => ({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name },
      spec: { template: { metadata, spec: onFailure(spec) } },
    }),
    change: { spec: { suspend: true } },
    changeTemplate: undefined,
  },
  {
    kind: "CronJob",
    path: (namespace) => `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
    specPath: "spec.jobTemplate.spec.template.spec",
    make: (name, spec, metadata = {}) => ({
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name },
      spec: {
        schedule: "0 3 * * *",
        jobTemplate: { spec: { template: { metadata, spec: onFailure(spec) } } },
      },
    }),
    change: { spec: { suspend: true } },
    changeTemplate: (template) => ({ spec: { jobTemplate: { spec: { template } } } }),
  },
  {
    kind: "PodTemplate",
    path: (namespace) => `/api/v1/namespaces/${namespace}/podtemplates`,
    specPath: "template.spec",
    make: (name, spec, metadata = {}) => ({
      apiVersion: "v1",
      kind: "PodTemplate",
      metadata: { name },
      template: templateOf(spec, metadata),
    }),
    change: { metadata: { labels: { changed: "yes" } } },
    changeTemplate: (template) => ({ template }),
  },
];

/** The known custom resources, with definitions that allow every field: see custom-resources.ts. */
export const CUSTOM_KINDS: readonly Kind[] = [
  { ...workload("Rollout", "rollouts", "argoproj.io/v1alpha1"), custom: true },
  {
    kind: "JobSet",
    path: (namespace) => `/apis/jobset.x-k8s.io/v1alpha2/namespaces/${namespace}/jobsets`,
    specPath: "spec.replicatedJobs[0].template.spec.template.spec",
    make: (name, spec, metadata = {}) => ({
      apiVersion: "jobset.x-k8s.io/v1alpha2",
      kind: "JobSet",
      metadata: { name },
      spec: {
        replicatedJobs: [
          { name: "workers", template: { spec: { template: { metadata, spec: onFailure(spec) } } } },
        ],
      },
    }),
    change: { spec: { suspend: true } },
    changeTemplate: undefined,
    custom: true,
  },
];

export const ALL_KINDS: readonly Kind[] = [...KINDS, ...CUSTOM_KINDS];

/** A kind whose objects have an `ownerReference` to a controller of the kind `owner`. */
function ofController(kind: string, [apiVersion, owner]: readonly [string, string]): Kind {
  const own = kindOf(kind);
  return {
    ...own,
    make: (...of) => {
      const made = own.make(...of);
      return { ...made, metadata: { ...made["metadata"], ...madeBy(apiVersion, owner, "web") } };
    },
  };
}

export function kindOf(kind: string): Kind {
  const found = ALL_KINDS.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`no kind ${kind}`);
  return found;
}

/** Objects that controllers make. */
export const OWNED_KINDS: readonly Kind[] = [
  ofController("Pod", ["apps/v1", "ReplicaSet"]),
  ofController("ReplicaSet", ["apps/v1", "Deployment"]),
  ofController("Job", ["batch/v1", "CronJob"]),
];
