export interface CustomResource {
  readonly group: string;
  readonly kind: string;
  /** The plural name of the resource, as in paths and rules. */
  readonly resource: string;
}

/** Known custom resources with a pod template: `Kind: resource`, by API group. */
const BY_GROUP: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "argoproj.io": { Rollout: "rollouts", Experiment: "experiments" },
  "apps.kruise.io": {
    CloneSet: "clonesets",
    StatefulSet: "statefulsets",
    DaemonSet: "daemonsets",
    BroadcastJob: "broadcastjobs",
    UnitedDeployment: "uniteddeployments",
    AdvancedCronJob: "advancedcronjobs",
  },
  "serving.knative.dev": { Service: "services", Configuration: "configurations" },
  "kubeflow.org": {
    TFJob: "tfjobs",
    PyTorchJob: "pytorchjobs",
    MPIJob: "mpijobs",
    XGBoostJob: "xgboostjobs",
    PaddleJob: "paddlejobs",
    JAXJob: "jaxjobs",
  },
  "jobset.x-k8s.io": { JobSet: "jobsets" },
  "leaderworkerset.x-k8s.io": { LeaderWorkerSet: "leaderworkersets" },
  "sparkoperator.k8s.io": {
    SparkApplication: "sparkapplications",
    ScheduledSparkApplication: "scheduledsparkapplications",
  },
  "ray.io": { RayCluster: "rayclusters", RayJob: "rayjobs", RayService: "rayservices" },
  "keda.sh": { ScaledJob: "scaledjobs" },
  "batch.volcano.sh": { Job: "jobs" },
  "apps.openshift.io": { DeploymentConfig: "deploymentconfigs" },
  "actions.github.com": { AutoscalingRunnerSet: "autoscalingrunnersets" },
};

export const CUSTOM_RESOURCES: readonly CustomResource[] = Object.entries(BY_GROUP).flatMap(
  ([group, kinds]) => Object.entries(kinds).map(([kind, resource]) => ({ group, kind, resource })),
);
